"""Slow poetry in Python: clients that fetch several poems at once, and servers that make them wait.

Some modules have the same names in every language of the lab: `address` (the command line), `progress` (the
lines that a client prints about its tasks) and `clients` (how each style waits). The servers are in `server`.
"""
