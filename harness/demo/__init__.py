"""The lab before a room: clients side by side, live or from a recorded run.

Events flow one way: a player (`live`, or `replay`) emits `events`, `model` keeps what there is to see, and `app` (or
`plain`, where there is no terminal) draws it.
"""
