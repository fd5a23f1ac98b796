"""Slow poetry in Python: clients that fetch several poems at once, and servers that make them wait.

The rooms are the same in every language of the lab: `address` (what the command line says), `progress`
(what a client says of its tasks) and `clients` (how each style waits). The servers live in `server`.
"""
