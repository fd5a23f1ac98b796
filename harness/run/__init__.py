"""One cell at work: the servers are opened, the client is started, and all that it prints is recorded."""
