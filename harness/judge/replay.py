"""Judging a recorded run once more, from its folder alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.backend import Say
from harness.judge import server_verdict
from harness.judge.likeness import Likenesses
from harness.judge.stability import stability
from harness.judge.timings import timings
from harness.judge.verdict import differences, judge
from harness.printable import counted
from harness.record.evidence import read_evidence
from harness.record.run_folder import RunFolder, clients_of, open_run, recording_of, scenarios_of


def replay(path: Path, say: Say) -> RunFolder:
    """Compute every verdict, axis and figure again; nothing is written.  UsageError names what cannot be read."""
    folder, alike = open_run(path), Likenesses()
    with folder.reading():
        changed = sum(_judge_again(folder, alike))
    folder.run["likeness"] = alike.found()
    folder.run["stability"] = stability(folder.run)
    folder.run["timings"] = timings(folder.run)
    said = f"otherwise than recorded in {counted(changed, 'cell')}" if changed else "as recorded"
    say(f"replayed {path}: {said}")
    return folder


def _judge_again(folder: RunFolder, alike: Likenesses) -> Iterator[bool]:
    """Write the new judgement of each cell to the run; yields whether it differs from the recorded one."""
    clients, scenarios = clients_of(folder), scenarios_of(folder)
    budget = folder.run["options"]["late_budget_ms"]
    for record in [*folder.run.get("witness", ()), *folder.run["cells"]]:
        if record["evidence"] is None:
            continue
        scenario = scenarios[record["scenario"]]
        if "client" in record:
            place = folder.path / Path(record["evidence"]["transcript"]).parent
            evidence = read_evidence(place, scenario, recording_of(record))
            again = judge(clients[record["client"]], evidence, budget).record()
            yield bool(differences(record, again))
        else:
            finding = server_verdict.examine(folder.path / record["evidence"], scenario, budget)
            again = finding.__dict__ if finding else {"code": None, "sentence": None}
            yield record["code"] != again["code"]
        record.update(again)
        if "client" in record:
            alike.add(record, evidence)
