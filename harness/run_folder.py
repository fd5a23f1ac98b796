"""A run's folder: everything needed to judge and show it again offline.

run.json                             versioned by `schemas/run.schema.json`; complete after every cell
poems/NAME.txt                       the poems, as served
scenarios/NAME.playbill              the servers and their schedules
cells/SERVER/SCENARIO/CLIENT/ROUND/  send-log.ndjson, stdout, stderr, transcript.ndjson; ROUND.2 is a second attempt
witness/SERVER/SCENARIO/ATTEMPT/     where the servers were examined: send-log.ndjson, received.ndjson and the bytes
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.backend import Exit
from harness.client import Client, check_record
from harness.data_file import read_json
from harness.errors import LabError, UsageError
from harness.recorder import Recording
from harness.scenario import Scenario, from_playbill
from slowpoetry.server.playbill import format_playbill, parse_playbill

SCHEMA = 2
EVIDENCE = {"send_log": "send-log.ndjson", "stdout": "stdout", "stderr": "stderr", "transcript": "transcript.ndjson"}


def new_id() -> str:
    """`<utc>-<id>`, which sorts by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def make_parent(path: Path) -> Path:
    """Make sure of the folder that runs are made in, before anything is done; UsageError where that is not possible."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the run's folder in {path}: {error.strerror}") from None
    return path


@dataclass
class RunFolder:
    """A folder and the run that is written into it."""

    path: Path
    run: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def create(cls, parent: Path, run_id: str) -> RunFolder:
        """Make a new folder; UsageError where that is not possible."""
        path = parent / run_id
        try:
            path.mkdir()
        except OSError as error:
            raise UsageError(f"cannot make the run's folder {path}: {error.strerror}") from None
        return cls(path, {"schema": SCHEMA, "id": run_id, "cells": [], "likeness": {}, "status": None})

    def save(self) -> None:
        """Write run.json, whole or not at all."""
        temporary = self.path / ".run.json.new"
        try:
            temporary.write_text(json.dumps(self.run, indent=1, ensure_ascii=False) + "\n", "utf-8")
            os.replace(temporary, self.path / "run.json")
        except OSError as error:
            raise LabError(f"cannot write {self.path / 'run.json'}: {error.strerror}") from None

    def add_scenario(self, scenario: Scenario, iface: str) -> None:
        """Write its poems and its playbill, and note it."""
        poems = self.path / "poems"
        playbills = self.path / "scenarios"
        poems.mkdir(exist_ok=True)
        playbills.mkdir(exist_ok=True)
        for server in scenario.servers:
            if server.name is not None:
                (poems / f"{server.name}.txt").write_bytes(server.poem + server.unsent)
        text = format_playbill(scenario.playbill(iface, Path("../poems")))
        self.playbill(scenario.name).write_text(text, "utf-8")
        record = {**scenario.record(), "playbill": f"scenarios/{scenario.name}.playbill"}
        self.run.setdefault("scenarios", []).append(record)

    def playbill(self, scenario: str) -> Path:
        """Where a scenario's playbill stands."""
        return self.path / "scenarios" / f"{scenario}.playbill"

    def cell_folder(self, server: str, scenario: str, client: str, round_: int, attempt: int) -> Path:
        """Where a cell's evidence stands."""
        name = str(round_) if attempt == 1 else f"{round_}.{attempt}"
        return self.path / "cells" / server / scenario / client / name

    def witness_folder(self, server: str, scenario: str, attempt: int) -> Path:
        """Where the evidence of an examination of servers stands."""
        return self.path / "witness" / server / scenario / str(attempt)

    def evidence_of(self, folder: Path) -> dict[str, str]:
        """The paths of a cell's evidence, counted from the run's folder."""
        return {kind: str((folder / name).relative_to(self.path)) for kind, name in EVIDENCE.items()}


def facts(recording: Recording) -> dict[str, Any]:
    """A recording as it stands in a cell of run.json."""
    done_to_it = {"signalled": recording.signalled, "stdout_closed": recording.stdout_closed}
    return {
        "started": round(recording.started, 6),
        "ended": round(recording.ended, 6),
        "stopped": recording.stopped,
        "exit_status": recording.exit.status,
        "signal": recording.exit.signal,
        "out_of_memory": recording.exit.out_of_memory,
        "left_behind": recording.exit.left_behind,
        "cpu_s": recording.exit.cpu_s,
        "max_rss_bytes": recording.exit.max_rss_bytes,
        **{key: round(at, 6) for key, at in done_to_it.items() if at is not None},
    }


def recording_of(cell: dict[str, Any]) -> Recording:
    """The recording again from a cell of run.json."""
    end = Exit(
        status=cell["exit_status"],
        signal=cell["signal"],
        cpu_s=cell["cpu_s"],
        max_rss_bytes=cell["max_rss_bytes"],
        out_of_memory=cell["out_of_memory"],
        left_behind=cell["left_behind"],
    )
    done_to_it = cell.get("signalled"), cell.get("stdout_closed")
    return Recording(cell["started"], cell["ended"], cell["stopped"], end, *done_to_it)


def open_run(path: Path) -> RunFolder:
    """Read a run's folder; UsageError names what is missing, newer or tampered with."""
    if not path.is_dir():
        raise UsageError(f"{path}: there is no such run folder")
    return RunFolder(path, read_json(path / "run.json", "run", version=SCHEMA))


def clients_of(folder: RunFolder) -> dict[str, Client]:
    """The clients as they were declared in that run."""
    return {data["name"]: check_record(data, folder.path / "run.json") for data in folder.run["clients"]}


def scenarios_of(folder: RunFolder) -> dict[str, Scenario]:
    """The scenarios as they were played in that run."""
    found = {}
    for record in folder.run["scenarios"]:
        path = folder.path / record["playbill"]
        try:
            playbill = parse_playbill(path.read_text("utf-8"))
            found[record["name"]] = from_playbill(record, playbill, path.parent)
            if not all(1 <= number <= len(playbill.parts) for number in record["tasks"]):
                raise ValueError(f"the tasks {record['tasks']} of run.json are not those of its servers")
        except OSError as error:
            raise UsageError(f"{error.filename}: {error.strerror}") from None
        except (ValueError, IndexError) as error:
            raise UsageError(f"{path}: {error}") from None
    return found
