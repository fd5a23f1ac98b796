"""The exit status of a run: what turns a CI job red."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

UNEXPECTED, ANY = FAIL_ON = ("unexpected", "any")
NO_FAILURE = ("pass", "unsupported")


def counts(cell: dict[str, Any], fail_on: str = UNEXPECTED) -> bool:
    """Whether a cell counts: one that is not as declared, or with `any` a failure that the manifest declares, too."""
    return not cell["expected"] or (fail_on == ANY and cell["verdict"] not in NO_FAILURE)


def exit_status(cells: Sequence[dict[str, Any]], fail_on: str = UNEXPECTED) -> int:
    """0: nothing that counts; 4: nothing worse than the lab's own faults; 1: something else."""
    counting = [cell for cell in cells if counts(cell, fail_on)]
    if any(cell["verdict"] != "lab-error" for cell in counting):
        return 1
    return 4 if counting else 0
