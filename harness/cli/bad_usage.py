"""What is wrong with a command line, in the lab's words instead of those of invoke and Python."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Sequence


def bad_usage(error: Exception, words: Sequence[str], tasks: Sequence[str]) -> str:
    """What is wrong with these words, and where the right ones are, in one line.

    `error` is invoke's ParseError, or the ValueError of an option whose value should be a number.
    """
    said, quoted = str(error), re.findall("'(.*?)'", str(error))
    bad = quoted[-1] if quoted else ""
    task = next((word for word in words if word in tasks), "")
    options = f"./lab {task} --help lists its options" if task else "./lab --help lists the tasks"
    if isinstance(error, ValueError):
        return f"{_option(words, bad)}: must be a {'whole ' * ('int()' in said)}number; {options}"
    if found := re.search(r"<Argument: (\S+)", said):
        return f"--{found[1]}: needs a value; {options}"
    if "required positional" in said:
        return f"{task} needs {' and '.join(name.upper() for name in quoted[1:])}; {options}"
    if not said.startswith("No idea"):
        return f"{said}; {options}"
    if bad.startswith("-"):
        return f"{bad}: {task or 'the lab'} has no such option; {options}"
    if task == "check":
        return f"{bad}: write the program after two hyphens: ./lab check -- {bad}"
    near = difflib.get_close_matches(bad, list(tasks), n=1)
    hint = f"did you mean {near[0]}? " if near and near[0] not in words else ""
    return f"{bad}: there is no such task; {hint}./lab --help lists the tasks"


def _option(words: Sequence[str], value: str) -> str:
    """The option that has this value, and the value."""
    before = next((one for one, other in itertools.pairwise(words) if other == value), "")
    return next((word for word in words if word.endswith(f"={value}")), f"{before} {value}".strip())
