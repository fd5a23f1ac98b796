"""A recorded run as a demo: the same events, from the files in its folder."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.demo.events import Accepted, Command, Ended, Event, Printed, Sent, of_record
from harness.demo.write_run import read_commands
from harness.errors import UsageError
from harness.record import run_folder
from harness.record.evidence import read_evidence
from harness.record.ndjson import read_ndjson
from harness.record.transcript import Piece
from harness.spec.client import Client
from harness.spec.scenario import Scenario

WITH_IT = 0.02  # seconds: events that come so soon after a chunk are shown together with it


def contents(path: Path) -> tuple[list[str], list[str]]:
    """The names of the clients and of the scenarios of a run; UsageError if it cannot be read."""
    folder = run_folder.open_run(path)
    return list(run_folder.clients_of(folder)), list(run_folder.scenarios_of(folder))


def read(path: Path, names: list[str], scenario: str, most: int) -> tuple[list[Client], Scenario, list[Event]]:
    """The clients (the named ones, or the first `most`), the scenario and the ordered events of a run.

    In the run of a demo all clients ran at the same time.  In any other run the times of each client are counted from
    its first accept.  UsageError if the run cannot be read, or if it has no such client or scenario.
    """
    folder = run_folder.open_run(path)
    with folder.reading():
        clients, scenarios = run_folder.clients_of(folder), run_folder.scenarios_of(folder)
        commands = read_commands(folder.path)
    shown = scenario or next(iter(scenarios))
    if shown not in scenarios:
        raise UsageError(f"{path}: the run has no scenario {shown!r}; it has: {', '.join(scenarios)}")
    cells = {
        cell["client"]: cell
        for cell in reversed(folder.run["cells"])
        if cell["evidence"] is not None and cell["round"] == 1 and (commands or cell["scenario"] == shown)
    }
    chosen = names or [name for name in clients if name in cells][:most]
    missing = [name for name in chosen if name not in cells]
    if missing or not chosen:
        name = missing[0] if missing else shown
        raise UsageError(f"{path}: the run has no evidence for {name!r}, so there is nothing to show")
    events: list[Event] = [*commands]
    with folder.reading():
        for number, name in enumerate(chosen):
            events += _events(folder.path, cells[name], number, scenarios[shown], None if commands else 0.0)
    events.sort(key=lambda event: event.t)
    if not commands:
        events.insert(0, Command(min(0.0, events[0].t), ("resume",)))
    return [clients[name] for name in chosen], scenarios[shown], events


def _events(
    path: Path, cell: dict[str, Any], number: int, scenario: Scenario, first_accept: float | None
) -> list[Event]:
    tasks = {index + 1: task for task, index in enumerate(scenario.tasks, 1)}
    files = {kind: path / place for kind, place in cell["evidence"].items()}
    read_evidence(files["send_log"].parent, scenario, run_folder.recording_of(cell))  # raises if evidence is damaged
    records = read_ndjson(files["send_log"], dict[str, Any])
    accepts = [record["t"] for record in records if record["act"] == "accept"]
    shift = 0.0 if first_accept is None else first_accept - (min(accepts) if accepts else cell["started"])
    events = [event for record in records if (event := of_record({**record, "t": record["t"] + shift}, number, tasks))]
    streams = {name: files[name].read_bytes() for name in ("stdout", "stderr")}
    for piece in read_ndjson(files["transcript"], Piece):
        data = streams[piece.stream][piece.start : piece.end]
        events.append(Printed(piece.t + shift, number, piece.stream, data))
    stopped = cell["stopped"] is not None
    status, signal = (None, None) if stopped else (cell["exit_status"], cell["signal"])
    return [*events, Ended(cell["ended"] + shift, number, status, signal)]


class RecordedPlayer:
    """Plays recorded events at their original speed or another one."""

    live = False

    def __init__(self, events: list[Event], tell: Callable[[Event], None], pace: float = 1.0) -> None:
        self._events, self._tell = events, tell
        self._next = 0
        self.going, self.pace = False, pace
        self._then = events[0].t if events else 0.0  # the recorded time at the last change of the speed
        self._since = time.monotonic()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Do nothing, because there is nothing to open."""

    async def start(self) -> None:
        """Start to play from the beginning."""
        self._since = time.monotonic()
        self._task = asyncio.create_task(self._play())

    def _now(self) -> float:
        return self._then + ((time.monotonic() - self._since) / self.pace if self.going else 0.0)

    async def _play(self) -> None:
        while self._next < len(self._events):
            self._changed.clear()
            wait = (self._events[self._next].t - self._now()) * self.pace
            if wait <= 0:
                self._tell(self._events[self._next])
                self._next += 1
                continue
            try:
                async with asyncio.timeout(wait if self.going else None):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def command(self, *words: str) -> None:
        """Carry out ``pause``, ``resume``, ``pace F``, or ``step N``, which plays up to the next chunk of poem N.

        Other commands have no effect.
        """
        self._then, self._since = self._now(), time.monotonic()
        match words:
            case ["pause" | "resume" as word]:
                self.going = word == "resume"
            case ["pace", factor]:
                self.pace = float(factor)
            case ["step", number]:
                ahead = self._events[self._next :]
                following = [e.t for e in ahead if isinstance(e, Sent | Accepted) and e.task == int(number)]
                if following:
                    self._then = max(self._then, following[0] + WITH_IT)
        self._changed.set()

    async def ended(self) -> None:
        """Wait until all events have been played."""
        if self._task is not None:
            await self._task

    async def close(self) -> None:
        """Stop playing."""
        if self._task is not None:
            self._task.cancel()
