"""Run folders made from the evidence of `evidence_maker`, for tests that read them."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from evidence_maker import cell

from harness.record.evidence import Evidence, read_evidence
from harness.record.run_folder import RunFolder
from harness.run.recorder import Transcript
from harness.spec.client import Client


def write_send_log(path: Path, evidence: Evidence) -> None:
    """The send log of this evidence, as the servers write it."""
    lines: list[tuple[float, dict[str, Any]]] = []
    for number, connection in enumerate(evidence.log.connections, 1):
        who = {"server": evidence.scenario.tasks[(connection.task or 1) - 1] + 1, "conn": number}
        lines.append((connection.accepted, {"act": "accept", **who}))
        for (start, end), t in zip(pairwise([0, *connection.ends]), connection.times, strict=True):
            lines.append((t, {"act": "send", **who, "start": start, "end": end, "due": t - evidence.log.lateness[0]}))
        if connection.how is not None and connection.ended is not None:
            lines.append((connection.ended, {"act": connection.how, **who}))
    with path.open("w", encoding="utf-8") as log:
        for t, entry in sorted(lines, key=lambda line: line[0]):
            log.write(json.dumps({"t": t, **entry}) + "\n")


def write_transcript(folder: Path, evidence: Evidence) -> None:
    """The transcript of this evidence, as the recorder writes it."""
    transcript = Transcript(folder)
    for name, stream in (("stdout", evidence.transcript.stdout), ("stderr", evidence.transcript.stderr)):
        for (start, end), t in zip(pairwise([0, *stream.ends]), stream.times, strict=True):
            transcript.add(t, name, stream.data[start:end])
    transcript.close()


def recorded(parent: Path, *cells: tuple[Client, Evidence]) -> RunFolder:
    """A run's folder with a cell for each client and its evidence, written and judged as by a compare."""
    folder = RunFolder.create(parent, "20260102T030405Z-abcdef")
    clients = {who.name: who for who, _ in cells}
    scenarios = {evidence.scenario.name: evidence.scenario for _, evidence in cells}
    folder.run.update(
        options={"late_budget_ms": 20.0},
        clients=[who.record() for who in clients.values()],
        servers=[{"name": "twisted", "language": "python", "summary": "any"}],
        scenarios=[],
    )
    for each in scenarios.values():
        folder.add_scenario(each)
    rounds: dict[tuple[str, str], int] = {}
    for who, evidence in cells:
        names = (evidence.scenario.name, who.name)
        rounds[names] = rounds.get(names, 0) + 1
        place = folder.cell_folder("twisted", *names, rounds[names], 1)
        write_transcript(place, evidence)
        write_send_log(place / "send-log.ndjson", evidence)
        again = read_evidence(place, evidence.scenario, evidence.recording)
        told = cell(who, again, round=rounds[names], evidence=folder.evidence_of(place))
        folder.run["cells"].append(told)
    folder.save()
    return folder
