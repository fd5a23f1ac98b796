"""Tests of the Python programs, for pytest; those that are trial TestCases also run with `./lab trial tests`."""
