"""A run's folder as reports read it: judged again from its evidence, with a note on everything that cannot be read.

`replay` stops at the first file that is missing; a report shows the rest and names what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.judge.exit_status import incomplete
from harness.judge.likeness import Likenesses
from harness.judge.stability import stability
from harness.judge.timings import timings
from harness.judge.verdict import differences, judge
from harness.record.evidence import Evidence, read_evidence
from harness.record.ndjson import Unreadable
from harness.record.run_folder import RunFolder, clients_of, open_run, recording_of, scenarios_of
from harness.selection import select
from harness.spec.client import Client
from harness.spec.scenario import Scenario

_PATH = re.compile(r"(?<![\w./:])/(?:[^\s/'\"<>:]+/)+([^\s/'\"<>:]*)")


@dataclass(frozen=True)
class RecordedCell:
    """One cell: its record in run.json, judged again, and its evidence if that can be read.

    `notes` are sentences about what is missing, unreadable, or different from the record; `send_log` is the file of
    that name, as the servers wrote it.
    """

    record: dict[str, Any]
    evidence: Evidence | None = None
    notes: tuple[str, ...] = ()
    send_log: bytes = b""

    @property
    def client(self) -> str:
        """Its client's name."""
        return str(self.record["client"])

    @property
    def scenario(self) -> str:
        """Its scenario's name."""
        return str(self.record["scenario"])

    @property
    def server(self) -> str:
        """The name of the servers it was run against."""
        return str(self.record["server"])


@dataclass(frozen=True)
class RecordedRun:
    """A run as far as it can be read: run.json, judged again; its scenarios by name; its cells in order; its folder."""

    run: dict[str, Any]
    scenarios: dict[str, Scenario] = field(default_factory=dict)
    cells: list[RecordedCell] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    folder: Path | None = None

    @property
    def several_servers(self) -> bool:
        """Whether there are several server programs, so that client and scenario alone do not identify a cell."""
        return len(self.run["servers"]) > 1

    def label(self, cell: RecordedCell) -> str:
        """The name of a cell within its scenario: its client, and its server program if there are several."""
        return f"{cell.client} · {cell.server}" if self.several_servers else cell.client


def read_recorded(path: Path, *, clients: str = "", scenarios: str = "") -> RecordedRun:
    """Read a run's folder and judge its cells again; nothing is written.

    `clients` and `scenarios` select cells; each is a comma-separated list of names, or empty for all.  UsageError if
    run.json itself cannot be read or if a name is unknown; anything else that is wrong becomes a note.
    """
    folder = open_run(path)
    declared = clients_of(folder)
    chosen = _chosen("client", clients, list(declared))
    records = {record["name"]: record for record in folder.run["scenarios"]}
    wanted = _chosen("scenario", scenarios, list(records))
    run = {
        **folder.run,
        "clients": [record for record in folder.run["clients"] if record["name"] in chosen],
        "scenarios": [records[name] for name in wanted],
        "witness": [found for found in folder.run.get("witness", ()) if found["scenario"] in wanted],
    }
    readable, notes = _scenarios(folder, run["scenarios"])
    cells = []
    for record in folder.run["cells"]:
        if record["client"] in chosen and record["scenario"] in wanted:
            cell = _cell(folder, record, readable.get(record["scenario"]))
            cells.append(_judged(cell, declared[cell.client], run["options"]["late_budget_ms"]))
    run["cells"] = [cell.record for cell in cells]
    alike = Likenesses()
    for cell in cells:
        if cell.evidence:
            alike.add(cell.record, cell.evidence)
    run["likeness"] = alike.found()
    run["stability"] = stability(run)
    run["timings"] = timings(run)
    if run["status"] is None:
        notes = (*notes, incomplete(run))
    return RecordedRun(run, readable, cells, notes, folder.path)


def _chosen(kind: str, names: str, known: list[str]) -> list[str]:
    return select(kind, names, {name: name for name in known}) if names else known


def _scenarios(folder: RunFolder, records: list[dict[str, Any]]) -> tuple[dict[str, Scenario], tuple[str, ...]]:
    found: dict[str, Scenario] = {}
    notes = []
    for record in records:
        try:
            found |= scenarios_of(RunFolder(folder.path, {"scenarios": [record]}))
        except UsageError as error:
            notes.append(without_paths(f"{record['name']}: the poems or schedules cannot be read: {error}"))
    return found, tuple(notes)


def _cell(folder: RunFolder, record: dict[str, Any], scenario: Scenario | None) -> RecordedCell:
    if record["evidence"] is None:
        return RecordedCell(record)
    if scenario is None:
        return RecordedCell(record, notes=("not drawn: the scenario cannot be read; the verdict is the recorded one",))
    place = (folder.path / record["evidence"]["transcript"]).parent
    try:
        evidence = read_evidence(place, scenario, recording_of(record))
        return RecordedCell(record, evidence, send_log=(folder.path / record["evidence"]["send_log"]).read_bytes())
    except OSError as error:
        why = f"{Path(error.filename).name} is missing ({error.strerror})"
    except Unreadable as error:
        why = f"the evidence cannot be read: {error}"
    return RecordedCell(record, notes=(without_paths(f"not drawn: {why}; the verdict is the recorded one"),))


def _judged(cell: RecordedCell, client: Client, budget: float) -> RecordedCell:
    if cell.evidence is None:
        return cell
    again = judge(client, cell.evidence, budget).record()
    changed = differences(cell.record, again)
    if not changed:
        return replace(cell, record={**cell.record, **again})
    recorded = cell.record["verdict"]
    note = f"judging it again gives another result ({', '.join(changed)}); the recorded verdict was {recorded}"
    return replace(cell, record={**cell.record, **again}, notes=(note,))


def without_paths(text: str) -> str:
    """The text with each absolute path shortened to its last name, so that a report reveals nothing about a machine."""
    return _PATH.sub(r"\1", text)


def by_cell(recorded: RecordedRun) -> Iterator[tuple[RecordedCell, list[RecordedCell]]]:
    """For each client in each scenario: the round to show, and all rounds.

    The round to show is the first unexpected one, or the first of all.
    """
    groups: dict[tuple[str, str, str], list[RecordedCell]] = {}
    for cell in recorded.cells:
        groups.setdefault((cell.scenario, cell.client, cell.server), []).append(cell)
    for rounds in groups.values():
        yield next((cell for cell in rounds if not cell.record["expected"]), rounds[0]), rounds
