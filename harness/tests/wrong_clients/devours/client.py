"""Takes more memory than a client is allowed."""

poem = b"x" * (1 << 30)
