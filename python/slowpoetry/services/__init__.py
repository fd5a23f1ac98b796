"""The poetry servers as services, which a program starts and stops as one: see `fast`, `slow` and `..proxy`.

twistd runs them, from a file in `python/tac/` or by the names that `twisted/plugins/slowpoetry_plugin.py` gives them
(seed part 16).
"""
