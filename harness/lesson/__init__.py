"""Lessons: small programs of one idea, shown and run side by side in every language."""
