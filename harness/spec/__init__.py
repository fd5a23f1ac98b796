"""What is to be run: clients, server programs and scenarios, read from the files that declare them."""
