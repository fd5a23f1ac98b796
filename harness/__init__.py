"""The lab itself: manifest and scenario → run → transcript and send log → axes → verdict → reports.

Data flows one way.  `axes`, `interleaving` and `verdict` are pure functions of recorded data.
"""
