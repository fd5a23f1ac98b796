"""A run's folder: all that is needed to judge the run and show it again offline.

run.json                             versioned by `schemas/run.schema.json`; complete half a second after a cell
poems/NAME.txt                       the poems, as served
scenarios/NAME.playbill              the servers and their schedules
cells/SERVER/SCENARIO/CLIENT/ROUND/  send-log.ndjson, stdout, stderr, transcript.ndjson; ROUND.2 is a second attempt
witness/SERVER/SCENARIO/ATTEMPT/     what the lab's own reader found: send-log.ndjson, received.ndjson and the bytes
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
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
    """Make the folder in which run folders are made, before anything is run; UsageError if that is not possible."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the run's folder in {path}: {error.strerror}; choose another --out") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise UsageError(f"cannot make the run's folder in {path}: it is read-only for you; choose another --out")
    return path


@dataclass
class RunFolder:
    """A run's folder, and the run that is written to its run.json."""

    path: Path
    run: dict[str, Any] = field(default_factory=dict)
    source: Path | None = None  # the path that the user gave, if the run was opened: the folder or an archive

    @property
    def shown(self) -> Path:
        """The path to show to the user."""
        return self.source or self.path

    @contextmanager
    def reading(self) -> Iterator[None]:
        """What cannot be read is a UsageError with the path that the user gave, not the one of an unpacked archive."""
        try:
            yield
        except (OSError, UsageError) as error:
            said = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
            raise UsageError(said.replace(str(self.path), str(self.shown))) from None

    @classmethod
    def create(cls, parent: Path, run_id: str) -> RunFolder:
        """Make a new folder; UsageError if that is not possible."""
        path = parent / run_id
        try:
            path.mkdir()
        except OSError as error:
            raise UsageError(f"cannot make the run's folder {path}: {error.strerror}; choose another --out") from None
        found: dict[str, Any] = {"cells": [], "likeness": {}, "stability": [], "timings": [], "status": None}
        return cls(path, {"schema": SCHEMA, "id": run_id, **found})

    def save(self) -> None:
        """Write run.json, whole or not at all; LabError if it cannot be written."""
        temporary = self.path / ".run.json.new"
        try:
            temporary.write_text(json.dumps(self.run, indent=1, ensure_ascii=False) + "\n", "utf-8")
            os.replace(temporary, self.path / "run.json")
        except OSError as error:
            raise LabError(f"cannot write {self.path / 'run.json'}: {error.strerror}") from None

    def add_scenario(self, scenario: Scenario) -> None:
        """Write its poems and its playbill, and add it to the run."""
        poems = self.path / "poems"
        playbills = self.path / "scenarios"
        poems.mkdir(exist_ok=True)
        playbills.mkdir(exist_ok=True)
        for server in scenario.servers:
            if server.name is not None:
                (poems / f"{server.name}.txt").write_bytes(server.poem + server.unsent)
        text = format_playbill(scenario.playbill(Path("../poems")))
        self.playbill(scenario.name).write_text(text, "utf-8")
        record = {**scenario.record(), "playbill": f"scenarios/{scenario.name}.playbill"}
        self.run.setdefault("scenarios", []).append(record)

    def playbill(self, scenario: str) -> Path:
        """The path of a scenario's playbill."""
        return self.path / "scenarios" / f"{scenario}.playbill"

    def cell_folder(self, server: str, scenario: str, client: str, round_: int, attempt: int) -> Path:
        """The folder of a cell's evidence."""
        name = str(round_) if attempt == 1 else f"{round_}.{attempt}"
        return self.path / "cells" / server / scenario / client / name

    def witness_folder(self, server: str, scenario: str, attempt: int) -> Path:
        """The folder of the evidence of the lab's own examination of the servers."""
        return self.path / "witness" / server / scenario / str(attempt)

    def evidence_of(self, folder: Path) -> dict[str, str]:
        """The paths of a cell's evidence, relative to the run's folder."""
        return {kind: str((folder / name).relative_to(self.path)) for kind, name in EVIDENCE.items()}


def facts(recording: Recording) -> dict[str, Any]:
    """A recording as a cell of run.json holds it."""
    disturbances = {"signalled": recording.signalled, "stdout_closed": recording.stdout_closed}
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
        **{key: round(at, 6) for key, at in disturbances.items() if at is not None},
        **({"starved": [[round(t, 3), round(s, 3)] for t, s in recording.starved]} if recording.starved else {}),
    }


def recording_of(cell: dict[str, Any]) -> Recording:
    """The recording read back from a cell of run.json."""
    end = Exit(
        status=cell["exit_status"],
        signal=cell["signal"],
        cpu_s=cell["cpu_s"],
        max_rss_bytes=cell["max_rss_bytes"],
        out_of_memory=cell["out_of_memory"],
        left_behind=cell["left_behind"],
    )
    disturbances = cell.get("signalled"), cell.get("stdout_closed")
    return Recording(cell["started"], cell["ended"], cell["stopped"], end, *disturbances, cell.get("starved", ()))


def open_run(path: Path) -> RunFolder:
    """Read a run's folder, or a ZIP archive of one; UsageError names what is missing, invalid or from a newer version.

    The folder may come from anyone.  The returned run has no path that leads out of the folder, and each of its cells
    has a client, a scenario and a server program of the run.
    """
    place = run_folder_of(path)
    if not os.path.isdir(place):
        raise UsageError(f"{path}: there is no such run folder or ZIP archive; give one that compare or check made")
    if not os.path.lexists(place / "run.json") and os.access(place, os.R_OK | os.X_OK):
        within = max((one.parent.name for one in path.glob("*/run.json")), default=None)
        raise UsageError(f"{path}: holds no run (no run.json)" + (f"; did you mean {path / within}?" if within else ""))
    folder = RunFolder(place, source=path)
    with folder.reading():
        _check_files(place)
        folder.run = read_json(place / "run.json", "run", version=SCHEMA)
        _check_records(folder.run, place / "run.json")
        clients_of(folder)
    return folder


def _check_files(path: Path) -> None:
    """Refuse everything but folders and files: a link may lead anywhere, and a pipe may block its reader for ever."""

    def refuse(error: OSError) -> None:
        raise UsageError(f"{error.filename}: {error.strerror}")

    for parent, folders, files in os.walk(path, onerror=refuse):
        for name in [*folders, *files]:
            each = os.path.join(parent, name)
            mode = os.lstat(each).st_mode
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                raise UsageError(f"{each}: a run's folder may hold only folders and files, no links")


def _check_records(run: dict[str, Any], path: Path) -> None:
    known: dict[str, set[str]] = {}
    for kind in ("client", "scenario", "server"):
        names = known[kind] = set()
        for index, each in enumerate(run[f"{kind}s"]):
            if each["name"] in names:
                raise bad(path, [f"{kind}s", index, "name"], f"the run has two {kind}s {each['name']!r}")
            names.add(each["name"])
    for part in ("witness", "cells"):
        for index, record in enumerate(run.get(part, ())):
            for kind, names in known.items():
                if kind in record and record[kind] not in names:
                    raise bad(path, [part, index, kind], f"the run has no {kind} {record[kind]!r}")
            if part == "cells" and record["evidence"]:
                place = PurePosixPath(record["evidence"]["transcript"]).parent
                if record["evidence"] != {kind: str(place / name) for kind, name in EVIDENCE.items()}:
                    raise bad(path, [part, index, "evidence"], "the paths must be the evidence files of one folder")
                if record["ended"] < record["started"]:
                    raise bad(path, [part, index, "ended"], "the end is before the start")


def clients_of(folder: RunFolder) -> dict[str, Client]:
    """The clients as they were declared in that run."""
    path, clients = folder.path / "run.json", enumerate(folder.run["clients"])
    return {data["name"]: check_record(data, path, "clients", index) for index, data in clients}


def _inside(path: Path, folder: Path) -> bool:
    """Whether the path is in the folder, judged by its name only, because the folder has no links."""
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
                    raise ValueError(f"the poem {str(part.poem)!r} is outside the run's folder")
            found[record["name"]] = from_playbill(record, playbill, path.parent)
            if not all(1 <= number <= len(playbill.parts) for number in record["tasks"]):
                count = len(playbill.parts)
                raise ValueError(f"run.json has the tasks {record['tasks']}; each must be a server from 1 to {count}")
        except OSError as error:
            raise UsageError(f"{error.filename}: {error.strerror}") from None
        except (ValueError, IndexError) as error:
            raise UsageError(f"{path}: {error}") from None
    return found
