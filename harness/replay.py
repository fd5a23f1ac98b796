"""Judging a recorded run once more, from its folder alone."""

from __future__ import annotations

from pathlib import Path

from harness.backend import Say
from harness.errors import UsageError
from harness.evidence import read_evidence
from harness.likeness import likenesses
from harness.run_folder import RunFolder, clients_of, open_run, recording_of, scenarios_of
from harness.verdict import judge


def replay(path: Path, say: Say) -> RunFolder:
    """Compute every verdict, axis and figure again; nothing is written.  UsageError names what cannot be read."""
    folder = open_run(path)
    clients, scenarios = clients_of(folder), scenarios_of(folder)
    budget = folder.run["options"]["late_budget_ms"]
    changed = 0
    for cell in folder.run["cells"]:
        for kind, known in (("client", clients), ("scenario", scenarios)):
            if cell[kind] not in known:
                raise UsageError(f"{path / 'run.json'}: a cell's {kind} {cell[kind]!r} is none of the run's")
        if cell["evidence"] is None:
            continue
        place = (folder.path / cell["evidence"]["transcript"]).parent
        if not place.resolve().is_relative_to(folder.path.resolve()):
            raise UsageError(f"{path}: the evidence of a cell lies outside the run's folder: {place}")
        try:
            evidence = read_evidence(place, scenarios[cell["scenario"]], recording_of(cell))
            judgement = judge(clients[cell["client"]], evidence, budget)
        except OSError as error:
            raise UsageError(f"the evidence of a cell is missing: {error.filename}: {error.strerror}") from None
        except (KeyError, ValueError, IndexError, TypeError) as error:
            raise UsageError(f"the evidence of a cell cannot be read: {place}: {error!r}") from None
        again = judgement.record()
        if {key: cell[key] for key in again} != again:
            changed += 1
        cell.update(again)
    folder.run["likeness"] = likenesses(folder)
    say(f"replayed {path}: {changed} cells differ from the record" if changed else f"replayed {path}: as recorded")
    return folder
