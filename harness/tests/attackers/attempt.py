"""Shared by the attackers: try something, and report in one line whether it was possible."""

from __future__ import annotations

import os
from collections.abc import Callable


def attempt(name: str, act: Callable[[], object]) -> None:
    """Call `act`, and print `NAME<tab>possible` with its result, if any, or why it was not possible."""
    try:
        found = act()
        said = "possible" if found is None else f"possible: {found}"
    except OSError as error:
        said = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    print(name, said, sep="\t", flush=True)
