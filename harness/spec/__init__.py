"""What the lab runs: clients, server programs and scenarios, read from the files that declare them."""
