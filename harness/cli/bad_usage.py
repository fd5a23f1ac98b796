"""What is wrong with a command line, in the lab's words instead of those of invoke and Python."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence

from harness.cli.words import PROGRAMS


def bad_usage(error: Exception, words: Sequence[str], tasks: Mapping[str, Sequence[str]]) -> str:
    """What is wrong with these words, and where the right ones are, in one line.

    `error` is invoke's ParseError, or the ValueError of an option whose value should be a number; `tasks` has each
    task's options by its name.
    """
    said, quoted = str(error), re.findall("'(.*?)'", str(error))
    bad = quoted[-1] if quoted else ""
    task = next((word for word in words if word in tasks), "")
    options = f"./lab {task} --help lists its options" if task else "./lab --help lists the tasks"
    if isinstance(error, ValueError):
        return f"{_option(words, bad)}: must be a {'whole ' * ('int()' in said)}number; {options}"
    if found := re.search(r"<Argument: ([\w-]+)", said):
        return f"--{found[1]}: needs a value; {options}"
    if "required positional" in said:
        return f"{task} needs {' and '.join(name.upper() for name in quoted[1:])}; {options}"
    if not said.startswith("No idea"):
        return f"{said}; {options}"
    if bad.startswith("-") and task and words.index(task) > 0 and bad in tasks[task]:
        return f"{bad}: write the options after the task: ./lab {task} {bad}"
    if bad.startswith("-"):
        return f"{bad}: {task or 'the lab'} has no such option; {_near(bad, tasks.get(task, ()))}{options}"
    if task in PROGRAMS:
        name = " NAME" if task == "exercise" else ""
        return f"{bad}: write the program after two hyphens: ./lab {task}{name} -- {bad}"
    near = _near(bad, set(tasks).difference(words))
    if task and not near:
        return f"{bad}: {task} does not take this word; ./lab {task} --help explains it"
    return f"{bad}: there is no such task; {near}./lab --help lists the tasks"


def _near(word: str, known: Iterable[str]) -> str:
    names = {each.strip("-"): each for each in known}
    near = difflib.get_close_matches(word.strip("-"), names, n=1)
    return f"did you mean {names[near[0]]}? " if near else ""


def _option(words: Sequence[str], value: str) -> str:
    """The option that has this value, and the value."""
    before = next((one for one, other in itertools.pairwise(words) if other == value), "")
    return next((word for word in words if word.endswith(f"={value}")), f"{before} {value}".strip())
