"""The lab in front of an audience: clients side by side, live or from a recorded run, scene by scene.

Events flow one way: a player (`live` or `replay`) emits `events`, `model` keeps the state, and `app` (or `plain`, if
there is no terminal) shows it; a `room` sees the same in its browsers.
"""
