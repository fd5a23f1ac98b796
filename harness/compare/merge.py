"""`./lab merge`: one run from several, for cells that were run on several machines.

Each run keeps its own provenance in `parts`, and each cell names its part.  The evidence is copied, and what needs all
cells (likeness, stability, exit status) is computed again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from harness.backend import Say
from harness.compare.completion import set_time
from harness.errors import LabError, UsageError
from harness.judge.exit_status import exit_status, missing_shards
from harness.judge.likeness import likenesses
from harness.judge.stability import stability
from harness.judge.timings import timings
from harness.paths import RUNS
from harness.printable import counted
from harness.record import run_folder
from harness.record.run_folder import RunFolder, open_run

SAME = ("pace", "seed", "tasks", "late_budget_ms", "fail_on")  # options that change what a cell is
OTHER = {
    "commit": "they were made from different commits of the lab",
    "changed": "only one of them was made with changes that are not committed",
}
COPIED = ("poems", "scenarios", "cells", "witness")


def merge(paths: Sequence[Path], out: Path | None, say: Say) -> RunFolder:
    """Merge runs into a new run's folder.

    UsageError names the runs that do not belong together, and why; LabError if the folder cannot be written.
    """
    if len(paths) < 2:
        raise UsageError(
            "merge needs two runs or more: ./lab merge RUN RUN ...; each is a run's folder or a ZIP archive"
        )
    runs = [open_run(path) for path in paths]
    for run in runs[1:]:
        _check_together(runs[0], run)
    _check_apart(runs)
    parent = run_folder.make_parent(out or RUNS)
    folder = RunFolder.create(parent, run_folder.new_id())
    try:
        _fill(folder, runs, say)
    except BaseException as error:
        shutil.rmtree(folder.path, ignore_errors=True)
        if not isinstance(error, OSError):
            raise
        why = str(error.args[0][0][-1] if isinstance(error, shutil.Error) else error).rpartition("] ")[2]
        raise LabError(f"cannot write the merged run to {folder.path}: {why}") from None
    return folder


def _fill(folder: RunFolder, runs: Sequence[RunFolder], say: Say) -> None:
    for run in runs:
        for name in COPIED:
            if (run.path / name).is_dir():
                shutil.copytree(run.path / name, folder.path / name, dirs_exist_ok=True)
    folder.run |= _merged([run.run for run in runs])
    folder.run["likeness"] = likenesses(folder)
    folder.run["stability"] = stability(folder.run)
    folder.run["timings"] = timings(folder.run)
    missing = missing_shards(folder.run)
    if missing:
        say(f"{counted(len(missing), 'shard')} missing, so the run is not complete: {', '.join(missing)}")
    status = exit_status(folder.run["cells"], folder.run["options"].get("fail_on", "unexpected"))
    folder.run["status"] = status or (4 if missing else 0)
    set_time(folder.run, max(part["time"]["wall_s"] for part in folder.run["parts"]))
    folder.save()


def _merged(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    options = {**runs[0]["options"], "clients": "", "scenarios": "", "servers": ""}
    options.pop("shard", None)
    return {
        "options": options,
        "provenance": runs[0]["provenance"],
        "clients": _by_name(client for run in runs for client in run["clients"]),
        "servers": _by_name(server for run in runs for server in run["servers"]),
        "scenarios": _by_name(scenario for run in runs for scenario in run["scenarios"]),
        # If several runs examined the same servers, the last one's evidence is the one that was copied.
        "witness": list(
            {(one["server"], one["scenario"]): one for run in runs for one in run.get("witness", ())}.values()
        ),
        "cells": sorted((dict(cell, part=run["id"]) for run in runs for cell in run["cells"]), key=_place(runs)),
        "parts": [_part(run) for run in runs],
    }


def _part(run: dict[str, Any]) -> dict[str, Any]:
    shard = {"shard": run["options"]["shard"]} if "shard" in run["options"] else {}
    return {"id": run["id"], "provenance": run["provenance"], "time": run["time"], "status": run["status"], **shard}


def _by_name(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({record["name"]: record for record in records}.values())


def _place(runs: Sequence[dict[str, Any]]) -> Any:
    """The order of the table: as in the runs, scenario by scenario and client by client."""
    order = {
        kind: [one["name"] for run in runs for one in run[f"{kind}s"]] for kind in ("server", "scenario", "client")
    }
    return lambda cell: (cell["round"], *(names.index(cell[kind]) for kind, names in order.items()))


def _check_together(first: RunFolder, other: RunFolder) -> None:
    """Raise a UsageError if the runs are not of the same commit, options, clients and scenarios."""
    both = f"{first.shown} and {other.shown}"
    for folder in (first, other):
        if folder.run["status"] is None or "time" not in folder.run:
            raise UsageError(f"{folder.shown}: this run was stopped before its end; run it again before you merge")
        if "parts" in folder.run:
            raise UsageError(f"{folder.shown}: this run is merged already; merge all its parts at once")
    for key in ("commit", "changed", "backend"):
        one, two = first.run["provenance"][key], other.run["provenance"][key]
        if one != two:
            raise UsageError(f"{both}: they cannot be merged: {OTHER.get(key) or f'{key} {one} and {two}'}")
    for key in SAME:
        one, two = first.run["options"].get(key), other.run["options"].get(key)
        if one != two:
            raise UsageError(f"{both}: they cannot be merged: {key.replace('_', '-')} {one} and {two}")
    for kind in ("client", "server", "scenario"):
        known = {record["name"]: record for record in first.run[f"{kind}s"]}
        for record in other.run[f"{kind}s"]:
            name = record["name"]
            same = known.get(name, record) == record
            if same and kind == "scenario" and name in known:
                try:
                    same = first.playbill(name).read_bytes() == other.playbill(name).read_bytes()
                except OSError as error:
                    raise UsageError(f"{error.filename}: {error.strerror}") from None
            if not same:
                raise UsageError(f"{both}: they cannot be merged: the {kind} {name} is not the same in both")


def _check_apart(runs: Sequence[RunFolder]) -> None:
    """Raise a UsageError if two runs have the same cell."""
    seen: dict[tuple[Any, ...], RunFolder] = {}
    for folder in runs:
        for cell in folder.run["cells"]:
            key = tuple(cell[name] for name in ("server", "scenario", "client", "round"))
            if key in seen:
                name = f"{cell['scenario']} · {cell['client']}, round {cell['round']}"
                raise UsageError(f"{seen[key].shown} and {folder.shown}: they cannot be merged: both have {name}")
            seen[key] = folder
