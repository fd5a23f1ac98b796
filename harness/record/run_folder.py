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
import stat
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from harness.backend import Exit
from harness.errors import LabError, UsageError
from harness.record.archive import run_folder_of
from harness.run.recorder import Recording
from harness.spec.client import Client, check_record
from harness.spec.data_file import bad, read_json
from harness.spec.scenario import Scenario, from_playbill
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
    source: Path | None = None  # what the user named, if it was opened: the folder itself, or an archive of it

    @property
    def shown(self) -> Path:
        """What a person finds it by."""
        return self.source or self.path

    @classmethod
    def create(cls, parent: Path, run_id: str) -> RunFolder:
        """Make a new folder; UsageError where that is not possible."""
        path = parent / run_id
        try:
            path.mkdir()
        except OSError as error:
            raise UsageError(f"cannot make the run's folder {path}: {error.strerror}") from None
        return cls(path, {"schema": SCHEMA, "id": run_id, "cells": [], "likeness": {}, "stability": [], "status": None})

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
    """Read a run's folder, or a ZIP archive of one; UsageError names what is missing, newer or tampered with.

    It may come from anyone.  What is returned has no path that leads out of the folder, and no cell of a client,
    scenario or server that is none of the run's.
    """
    place = run_folder_of(path)
    if not os.path.isdir(place):
        raise UsageError(f"{path}: there is no such run folder or ZIP archive of a run")
    _check_files(place)
    folder = RunFolder(place, read_json(place / "run.json", "run", version=SCHEMA), source=path)
    _check_records(folder.run, place / "run.json")
    clients_of(folder)
    return folder


def _check_files(path: Path) -> None:
    """Only folders and files: a link may lead anywhere, and a pipe may keep its reader for ever."""

    def refuse(error: OSError) -> None:
        raise UsageError(f"{error.filename}: {error.strerror}")

    for parent, folders, files in os.walk(path, onerror=refuse):
        for name in [*folders, *files]:
            mode = os.lstat(os.path.join(parent, name)).st_mode
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                raise UsageError(f"{os.path.join(parent, name)}: a run's folder holds folders and files, and no links")


def _check_records(run: dict[str, Any], path: Path) -> None:
    known: dict[str, set[str]] = {}
    for kind in ("client", "scenario", "server"):
        names = known[kind] = set()
        for index, each in enumerate(run[f"{kind}s"]):
            if each["name"] in names:
                raise bad(path, [f"{kind}s", index, "name"], f"there is another {kind} {each['name']!r}")
            names.add(each["name"])
    for part in ("witness", "cells"):
        for index, record in enumerate(run.get(part, ())):
            for kind, names in known.items():
                if kind in record and record[kind] not in names:
                    raise bad(path, [part, index, kind], f"{record[kind]!r} is none of the run's")
            if part == "cells" and record["evidence"]:
                place = PurePosixPath(record["evidence"]["transcript"]).parent
                if record["evidence"] != {kind: str(place / name) for kind, name in EVIDENCE.items()}:
                    raise bad(path, [part, index, "evidence"], "not the files of one folder, by their names")
                if record["ended"] < record["started"]:
                    raise bad(path, [part, index, "ended"], "before it started")


def clients_of(folder: RunFolder) -> dict[str, Client]:
    """The clients as they were declared in that run."""
    path, clients = folder.path / "run.json", enumerate(folder.run["clients"])
    return {data["name"]: check_record(data, path, "clients", index) for index, data in clients}


def _inside(path: Path, folder: Path) -> bool:
    """By name alone: there are no links in the folder."""
    return Path(os.path.normpath(path)).is_relative_to(os.path.normpath(folder))


def scenarios_of(folder: RunFolder) -> dict[str, Scenario]:
    """The scenarios as they were played in that run."""
    found = {}
    for record in folder.run["scenarios"]:
        path = folder.path / record["playbill"]
        try:
            playbill = parse_playbill(path.read_text("utf-8"))
            for part in playbill.parts:
                if part.poem is not None and not _inside(path.parent / part.poem, folder.path):
                    raise ValueError(f"the poem {str(part.poem)!r} lies outside the run's folder")
            found[record["name"]] = from_playbill(record, playbill, path.parent)
            if not all(1 <= number <= len(playbill.parts) for number in record["tasks"]):
                raise ValueError(f"the tasks {record['tasks']} of run.json are not those of its servers")
        except OSError as error:
            raise UsageError(f"{error.filename}: {error.strerror}") from None
        except (ValueError, IndexError) as error:
            raise UsageError(f"{path}: {error}") from None
    return found
