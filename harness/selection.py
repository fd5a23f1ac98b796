"""Items selected by name; the error for an unknown name suggests similar names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

from harness.errors import NothingSelected, UsageError

T = TypeVar("T")


def select(kind: str, names: str, known: Mapping[str, T], groups: Mapping[str, Iterable[str]] | None = None) -> list[T]:
    """The items of a comma-separated list, each once, in the order given; the name of a group stands for its items.

    UsageError names an unknown item and suggests similar names; NothingSelected if the list is empty.
    """
    given = [name.strip() for name in names.split(",") if name.strip()]
    wanted = list(dict.fromkeys(one for name in given for one in (groups or {}).get(name, [name])))
    if not wanted:
        raise NothingSelected(f"no {kind} selected; there are: {', '.join(known)}")
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
            hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(known)}"
            raise UsageError(f"unknown {kind} {name!r}; {hint}")
    return [known[name] for name in wanted]
