"""Lessons: small programs of one idea each, which print what happens.

Each is run by its name; the output it must give stands beside it in a `.txt`
file.  Source: seed parts 17 to 19.
"""
