"""A command that may not be executed."""

print("never run")
