"""The poetry servers as Twisted services, which twistd starts and stops: see `fast`, `slow` and `..proxy`.

twistd runs them from a file in `python/tac/`, or by the names in `twisted/plugins/slowpoetry_plugin.py` (seed part 16).
"""
