"""The command line: what each task does, and how it ends."""
