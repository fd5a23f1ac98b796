"""Judging: pure functions of what was recorded, from axes and metrics to the verdict and the exit status."""
