"""Lessons: small programs with one idea each, shown and run side by side in several languages."""
