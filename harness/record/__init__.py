"""The record of a run, read back from its folder."""
