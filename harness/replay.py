"""Judging a recorded run once more, from its folder alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness import witness
from harness.backend import Say
from harness.errors import UsageError
from harness.evidence import read_evidence
from harness.likeness import likenesses
from harness.run_folder import RunFolder, clients_of, open_run, recording_of, scenarios_of
from harness.stability import stability
from harness.verdict import judge


def replay(path: Path, say: Say) -> RunFolder:
    """Compute every verdict, axis and figure again; nothing is written.  UsageError names what cannot be read."""
    folder = open_run(path)
    clients, scenarios = clients_of(folder), scenarios_of(folder)
    servers = {server["name"]: server for server in folder.run["servers"]}
    budget = folder.run["options"]["late_budget_ms"]
    changed = 0
    for record in [*folder.run.get("witness", ()), *folder.run["cells"]]:
        for kind, known in (("server", servers), ("client", clients), ("scenario", scenarios)):
            if kind in record and record[kind] not in known:
                raise UsageError(f"{path / 'run.json'}: a cell's {kind} {record[kind]!r} is none of the run's")
        if record["evidence"] is None:
            continue
        scenario = scenarios[record["scenario"]]
        if "client" in record:
            place = _inside(folder, Path(record["evidence"]["transcript"]).parent)
            with _readable(place):
                evidence = read_evidence(place, scenario, recording_of(record))
                again = judge(clients[record["client"]], evidence, budget).record()
        else:
            place = _inside(folder, Path(record["evidence"]))
            with _readable(place):
                finding = witness.examine(place, scenario, budget)
                again = finding.__dict__ if finding else {"code": None, "sentence": None}
        if {key: record[key] for key in again} != again:
            changed += 1
        record.update(again)
    folder.run["likeness"] = likenesses(folder)
    folder.run["stability"] = stability(folder.run)
    say(f"replayed {path}: {changed} cells differ from the record" if changed else f"replayed {path}: as recorded")
    return folder


def _inside(folder: RunFolder, place: Path) -> Path:
    whole = folder.path / place
    if not whole.resolve().is_relative_to(folder.path.resolve()):
        raise UsageError(f"{folder.path}: the evidence of a cell lies outside the run's folder: {whole}")
    return whole


@contextmanager
def _readable(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"the evidence of a cell is missing: {error.filename}: {error.strerror}") from None
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise UsageError(f"the evidence of a cell cannot be read: {place}: {error!r}") from None
