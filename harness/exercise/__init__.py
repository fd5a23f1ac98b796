"""Exercises: tasks that a teacher sets, each with the scenarios and traits that show whether it is done."""
