"""The words of a command line that are no options.  Invoke knows only those that a task must have."""

from __future__ import annotations

import itertools
import json
from collections.abc import Container, Sequence

# By task: the option that the first word after it stands for, or the option that each of its words stands for.
NAMED = {"lesson": "--name", "exercise": "--name", "new-client": "--name", "worker": "--scheduler"}
LISTED = {"merge": "--run", "site": "--run", "grade": "--folder"}
PROGRAMS = ("check", "exercise", "grade")  # take a program after two hyphens
FLAGS = ("--json", "--no-install")  # options of these tasks that have no value
REPEATED = ("--client", "--server")  # invoke reads them as an empty list if the value is missing
USAGE = {
    "check": "-- COMMAND [ARG ...]",
    "exercise": "[NAME] [-- COMMAND [ARG ...]]",
    "grade": "FOLDER ... [-- COMMAND [ARG ...]]",
    "lesson": "[NAME]",
    "new-client": "NAME",
    "worker": "tcp://HOST:PORT",
    "report": "RUN",
    "merge": "RUN RUN ...",
    "site": "[RUN ...]",
    "diff": "BEFORE AFTER",
}


def with_options(argv: Sequence[str], tasks: Container[str]) -> list[str]:
    """The command line as invoke reads it: a task's words are options, and so is the program after two hyphens."""
    program, *words = argv
    if not words:
        return [program]
    task, *rest = words
    if "--" in rest:
        at = rest.index("--")
        rest, after = rest[:at], rest[at:]
        # Invoke would join the words after `--` into one string, and would read some of them as its own options.
        if task in PROGRAMS:
            after = [f"--command={json.dumps(after[1:])}"]
    else:
        after = []
    if task in tasks and {"--help", "-h"} & {*rest}:
        return [program, "--help", task]  # invoke would ask for the words that the task must have
    own = [
        at
        for at, word in enumerate(rest)
        if not word.startswith("-") and not (at and rest[at - 1].startswith("-") and not _whole(rest[at - 1]))
    ]
    option = LISTED.get(task) or NAMED.get(task)
    if option:
        rest = [
            f"{option}={word}" if at in own and (task in LISTED or at == own[0]) else word
            for at, word in enumerate(rest)
        ]
    return [program, task, *rest, *after]


def without_value(words: Sequence[str]) -> str | None:
    """The first option whose value is missing or empty, such as that of a variable that is not set; None if none is.

    Invoke would read an empty value as if the option were not there.
    """
    for word, after in itertools.zip_longest(words, words[1:]):
        if word == "--":
            break
        if word.startswith("--") and word.endswith("="):
            return word.rstrip("=")
        if word.startswith("--") and (after == "" or (word in REPEATED and (after is None or after.startswith("-")))):
            return word
    return None


def _whole(option: str) -> bool:
    """Whether the option needs no other word as its value."""
    return "=" in option or option in FLAGS
