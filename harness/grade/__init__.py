"""Grading: the submissions of a whole class, each tried in every exercise, side by side and contained."""
