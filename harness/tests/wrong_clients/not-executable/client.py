"""Its command is a file that is not executable."""

print("never run")
