"""The run of one cell: its servers are opened, its client is started, and all that the client prints is recorded."""
