"""Lessons: small programs with one idea each, which print what happens.

Each is run by its name; the `.txt` file next to it holds the output that it
must give.  Source: seed parts 17 to 19.
"""
