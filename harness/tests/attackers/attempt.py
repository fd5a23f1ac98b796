"""What the attackers have in common: trying a thing, and saying in one line whether it could be done."""

from __future__ import annotations

import os
from collections.abc import Callable


def attempt(name: str, act: Callable[[], object]) -> None:
    """Try it, and print `NAME<tab>possible`, with what `act` returned if anything; or why it could not be done."""
    try:
        found = act()
        said = "possible" if found is None else f"possible: {found}"
    except OSError as error:
        said = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    print(name, said, sep="\t", flush=True)
