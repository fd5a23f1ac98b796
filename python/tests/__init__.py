"""Tests of the Python side, for pytest and, where they are trial TestCases, for `./lab trial tests`."""
