"""A command line that cannot be parsed is told in the lab's words, with the option or the task that is wrong."""

from __future__ import annotations

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
        ("diff runs/A", "diff needs AFTER"),
        ("--foo", "--foo: the lab has no such option; ./lab --help"),
    ],
)
def test_bad_usage_is_told_in_the_labs_words(words: str, told: str) -> None:
    lab(*words.split()).refused(2, told)
