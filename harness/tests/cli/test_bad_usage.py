"""A command line that cannot be parsed is told in the lab's words, with the option or the task that is wrong."""

from __future__ import annotations

import shlex

import pytest
from lab_process import lab


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("check --foo", "--foo: check has no such option; ./lab check --help"),
        ("chek", "chek: there is no such task; did you mean check?"),
        ("check my-client", "my-client: write the program after two hyphens: ./lab check -- my-client"),
        ("compare --rounds x", "--rounds x: must be a whole number; ./lab compare --help"),
        ("compare --pace=abc", "--pace=abc: must be a number"),
        ("check --pace", "--pace: needs a value"),
        ("compare --scenarios", "--scenarios: needs a value"),
        ("compare --client", "--client: needs a value"),
        ("compare --server --json", "--server: needs a value"),
        ("compare --clients=", "--clients: needs a value"),
        ("compare --clients '' --json", "--clients: needs a value"),
        ("compare --scenario trio", "--scenario: compare has no such option; did you mean --scenarios?"),
        ("--clients x compare", "--clients: write the options after the task: ./lab compare --clients"),
        ("compare trio", "trio: compare does not take this word; ./lab compare --help"),
        ("lesson one two", "two: lesson does not take this word"),
        ("exercise all-at-once ./x", "./x: write the program after two hyphens: ./lab exercise NAME -- ./x"),
        ("exercise -- ./x", "name the exercise"),
        ("check --client . -- ./x", "one of the two"),
        ("nosuch --help", "nosuch: there is no such task"),
        ("diff runs/A", "diff needs AFTER"),
        ("--foo", "--foo: the lab has no such option; ./lab --help"),
    ],
)
def test_bad_usage_is_told_in_the_labs_words(words: str, told: str) -> None:
    lab(*shlex.split(words)).refused(2, told)
