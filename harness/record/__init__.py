"""What was recorded of a run, read back from its folder."""
