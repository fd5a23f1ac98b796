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


def missing_shards(run: dict[str, Any]) -> list[str]:
    """The shards that no part of a merged run has, such as `3/5`."""
    found = [tuple(map(int, part["shard"].split("/"))) for part in run.get("parts", ()) if "shard" in part]
    return [
        f"{number}/{of}"
        for of in sorted({n for _, n in found})
        for number in range(1, of + 1)
        if (number, of) not in found
    ]


def incomplete(run: dict[str, Any]) -> str:
    """Why a recorded run lacks some cells, which is no success; empty if it lacks none."""
    if run["status"] is None:
        return "the run was stopped early or is still in progress: only the finished cells are shown"
    missing = missing_shards(run)
    return f"the run lacks {'shards' if missing[1:] else 'shard'} {', '.join(missing)}" if missing else ""
