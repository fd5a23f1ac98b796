"""A live demo: all clients at the same time, each against its own servers.

Each client has its own servers because its connections must be distinguished from those of other clients, and because
a client that reads slowly must not delay the others.  All servers wait until every client has connected.  Then every
command goes to all of them at once, so that every connected client is sent the same chunk at the same time.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from harness.backend import Exit, Pod, Process, Source
from harness.demo.events import Accepted, Command, Ended, Event, Printed, of_record
from harness.demo.live_servers import LiveServers
from harness.errors import LabError
from harness.run.cell import STARTUP_SECONDS, limits
from harness.run.recorder import Recording, Transcript
from harness.run.servers import ANSWER_SECONDS
from harness.spec.client import Client
from harness.spec.scenario import Scenario

COST_SECONDS = 0.25  # between two samples of a client's cost
SETTLE_SECONDS = 0.3  # from the first connection of the last client, so that its other connections are made too

Tell = Callable[[Event], None]


class LiveCell:
    """One client and its servers; its evidence is in `folder`, as in every run."""

    def __init__(self, number: int, client: Client, scenario: Scenario, folder: Path, tell: Tell) -> None:
        self.client, self.folder = client, folder
        self.recording: Recording | None = None
        self.connected = asyncio.Event()  # set when the client has connected or ended
        self.ended = asyncio.Event()
        self._number, self._scenario, self._tell = number, scenario, tell
        self._tasks = {index + 1: task for task, index in enumerate(scenario.tasks, 1)}
        self._limits = limits(scenario)
        self._process: Process | None = None
        self._open: set[int] = set()
        self._stopped: str | None = None
        self._servers: LiveServers | None = None
        self._starting: asyncio.Task[None] | None = None
        self._cost: asyncio.Task[None] | None = None

    async def open(self, pod: Pod, playbill: Path) -> None:
        """Open the servers, which wait for commands."""
        self.folder.mkdir(parents=True)
        self._pod = pod
        self._servers = LiveServers(pod, self._heard)
        log = self.folder / "send-log.ndjson"
        self._ports = await self._servers.ask("open", playbill.resolve(), log.resolve(), "conducted")

    def _heard(self, record: dict[str, object]) -> None:
        event = of_record(record, self._number, self._tasks)
        if event is not None:
            self._tell(event)
        if isinstance(event, Accepted):
            self.connected.set()

    async def command(self, *words: str) -> None:
        """Send a command to the servers; LabError if they cannot carry it out."""
        if self._servers is not None:
            await self._servers.ask(*words)

    async def start(self) -> None:
        """Start the client."""
        # If the caller is cancelled, the start continues, and `close` needs to wait for it.
        self._starting = asyncio.create_task(self._start())
        await asyncio.shield(self._starting)

    async def _start(self) -> None:
        addresses = self._scenario.addresses([int(port) for port in self._ports])
        self._transcript = Transcript(self.folder)
        self._started = time.monotonic()
        try:
            self._process = await asyncio.to_thread(self._pod.start, self.client, addresses)
        except OSError as error:
            self._add("stderr", f"{error.filename or 'the client'}: {error.strerror}\n".encode())
            self._over(Exit(127))
            return
        loop = asyncio.get_running_loop()
        for source in self._process.sources:
            self._open.add(source.fileno())
            loop.add_reader(source.fileno(), self._read, source)
        self._cost = asyncio.create_task(self._sample(self._process))

    async def _sample(self, process: Process) -> None:
        while True:
            process.poll_cost()
            await asyncio.sleep(COST_SECONDS)

    def _read(self, source: Source) -> None:
        pieces = source.read()
        for stream, data in pieces or ():
            self._add(stream, data)
        if pieces is None:
            asyncio.get_running_loop().remove_reader(source.fileno())
            self._open.discard(source.fileno())
            if not self._open and self._process is not None:
                self._over(self._process.wait())

    def _add(self, stream: str, data: bytes) -> None:
        if self._stopped is not None:
            return  # the client was killed, and the rest of its output is not kept
        now = time.monotonic()
        bound = self._limits.stdout_bytes if stream == "stdout" else self._limits.stderr_bytes
        if self._transcript.add(now, stream, data) > bound:
            self.stop(f"too-much-{stream}")
        self._tell(Printed(now, self._number, stream, data))

    def stop(self, why: str) -> None:
        """Kill the client if it is running."""
        self._stopped = why
        if self._process is not None and self.recording is None:
            self._process.kill()

    def _over(self, end: Exit) -> None:
        now = time.monotonic()
        if self._cost is not None:
            self._cost.cancel()
        self.recording = Recording(self._started, now, self._stopped, end)
        self._transcript.close()
        stopped = self._stopped is not None
        self._tell(Ended(now, self._number, None if stopped else end.status, None if stopped else end.signal))
        self.connected.set()
        self.ended.set()

    async def close(self) -> None:
        """Stop the client if it is still running, then close the servers and end their process."""
        if self._starting is not None:
            await self._starting
        if self._process is not None and self.recording is None:
            self.stop("timeout")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self.ended.wait()
        if self._servers is not None:
            with contextlib.suppress(
                LabError
            ):  # if their process has already ended, the files are as complete as can be
                await self._servers.ask("close")
            self._servers.end()


class LivePlayer:
    """All clients of a demo.  `tell` is called with every event, in the order in which the lab receives them."""

    live = True

    def __init__(
        self,
        start_pod: Callable[[], Pod],
        cells: Sequence[LiveCell],
        playbill: Path,
        tell: Tell,
    ) -> None:
        self._start_pod, self._playbill, self._tell = start_pod, playbill, tell
        self.cells = cells
        self.going, self.pace = False, 1.0

    async def open(self) -> None:
        """Open all servers."""
        await asyncio.gather(*(cell.open(self._start_pod(), self._playbill) for cell in self.cells))

    async def start(self) -> None:
        """Start all clients and wait until each has connected or ended, or until `STARTUP_SECONDS` have passed."""
        await asyncio.gather(*(cell.start() for cell in self.cells))
        # Not by `wait_for`: before Python 3.12 it loses a signal that comes just when the last client connects.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STARTUP_SECONDS):
                await asyncio.gather(*(cell.connected.wait() for cell in self.cells))
        await asyncio.sleep(SETTLE_SECONDS)

    async def command(self, *words: str) -> None:
        """Send a command to all servers; LabError if one cannot carry it out."""
        match words:
            case ["pause" | "resume" as word]:
                self.going = word == "resume"
            case ["pace", factor]:
                self.pace = float(factor)
        self._tell(Command(time.monotonic(), words))
        await asyncio.gather(*(cell.command(*words) for cell in self.cells))

    async def ended(self) -> None:
        """Wait until all clients have ended."""
        await asyncio.gather(*(cell.ended.wait() for cell in self.cells))

    async def close(self) -> None:
        """Close all cells; the first error is raised after that."""
        outcomes: list[Any] = await asyncio.gather(*(cell.close() for cell in self.cells), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
