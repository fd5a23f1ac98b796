"""A proxy under trial, between the slow servers and the lab's own callers.

In the trial's folder are the `send-log.ndjson` of the servers behind the proxy, what the proxy printed in `proxy/`, and
what came to the callers of each round in `first/` and `again/`, in the files of `server_probe`.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from harness.backend import Process
from harness.run import server_probe
from harness.run.client_control import ClientControl
from harness.run.recorder import Limits, Recording, record
from harness.run.server_probe import RECORD, SEND_LOG
from harness.run.servers import Servers
from harness.spec.client import Client
from harness.spec.conditions import Conditions
from harness.spec.scenario import HOST, Scenario
from slowpoetry.address import LAST_PORT, Address, format_address

FIRST, AGAIN = "first", "again"
CALLERS = {FIRST: 2, AGAIN: 1}  # at each port, all at the same time; the second round begins when the first is over
STARTUP_SECONDS = 15.0  # the time that a runtime may need to start, on a loaded machine
MOST_BYTES = 1 << 20  # of each output
HEARD = Conditions(stdout_rate=float(MOST_BYTES))  # standard output is read apart from the rest


@dataclass(frozen=True)
class Trial:
    """How a trial went: the first line on standard output, the ports in it, and the rounds that were played.

    `ended` is how the proxy ended if it did so by itself; None: it ran until the lab ended it.  `starved` is the share
    of its time in which it got no processor.
    """

    said: str
    ports: Sequence[int]
    rounds: Sequence[str]
    ended: Recording | None
    starved: float


class _Heard(ClientControl):
    """Keeps what the proxy says on standard output, for the thread that waits for its ports."""

    def __init__(self, process: Process) -> None:
        super().__init__(process, HEARD)
        self.said = b""
        self.line = Event()  # a whole line has come

    def step(self, *, hurry: bool) -> bytes:
        """Read what has come."""
        data = super().step(hurry=hurry)
        self.said += data
        if b"\n" in data:
            self.line.set()
        return data


def try_proxy(servers: Servers, proxy: Client, scenario: Scenario, playbill: Path, folder: Path) -> Trial:
    """Start the proxy before the servers of the scenario and call it in two rounds; OSError if it cannot be started."""
    folder.mkdir(parents=True)
    ports = servers.open(playbill, folder / SEND_LOG, len(scenario.servers))
    try:
        process = servers.pod.start(proxy, scenario.addresses(ports), HEARD)
        heard = _Heard(process)
        # Enough for a proxy that fetches each poem for each caller, one after another.
        seconds = STARTUP_SECONDS + 3 * scenario.total
        limits = Limits(STARTUP_SECONDS + len(CALLERS) * 2 * seconds, MOST_BYTES, MOST_BYTES)
        with ThreadPoolExecutor(1) as recorder:
            recording = recorder.submit(record, process, folder / "proxy", limits, time.monotonic(), heard)
            with _ended(process, recording):
                said = _first_line(heard, recording)
                own = _ports(said, len(ports))
                played = list(_play(servers, own, folder, seconds, recording)) if own else []
                ended = recording.result() if recording.done() else None
            whole = recording.result()
        waited = sum(length for _, length in whole.starved)
        return Trial(said, own, played, ended, waited / (whole.ended - whole.started))
    finally:
        servers.close()


@contextlib.contextmanager
def _ended(process: Process, recording: Future[Recording]) -> Iterator[None]:
    """The proxy does not outlive the block."""
    try:
        yield
    finally:
        if not recording.done():
            process.kill()


def _first_line(heard: _Heard, recording: Future[Recording]) -> str:
    """What the proxy says first; less than a line, or "", if no line comes."""
    recording.add_done_callback(lambda _: heard.line.set())  # no line comes any more
    heard.line.wait(STARTUP_SECONDS)
    return heard.said.partition(b"\n")[0].decode(errors="replace")


def _ports(said: str, count: int) -> list[int]:
    """The ports in the line `listening PORT ...`; [] if there are not so many of them."""
    word, *others = said.split() or [""]
    ports = [int(port) for port in others if port.isascii() and port.isdecimal() and 0 < int(port) <= LAST_PORT]
    return ports if word == "listening" and len(ports) == len(others) == count else []


def _play(
    servers: Servers, ports: Sequence[int], folder: Path, seconds: float, recording: Future[Recording]
) -> Iterator[str]:
    for name, callers in CALLERS.items():
        if recording.done():
            return
        called = [
            {"at": format_address(Address(HOST, port)), "ends": "close", "full": False, "away": False, "leave": None}
            for port in [*ports] * callers
        ]
        server_probe.read(servers.pod, called, folder / name, seconds)
        yield name
        if b'"how":"silent"' in (folder / name / RECORD).read_bytes():
            return  # the next round would wait as long
