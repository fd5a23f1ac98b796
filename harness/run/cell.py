"""The run of one cell: one client in one scenario, once."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from harness.backend import Exit
from harness.run.client_control import ClientControl
from harness.run.recorder import Limits, Recording, Transcript, record
from harness.run.resources import refuse_if_used_up
from harness.run.sent_bytes import SentBytes
from harness.run.servers import Servers
from harness.spec.client import Client
from harness.spec.scenario import Scenario

STARTUP_SECONDS = 15.0  # the time that a runtime may need to start and to end, on a loaded machine
SPARE_BYTES = 1 << 20
SLOWEST = 1_000_000  # bytes a second: the least that a client and its recording must manage, even on a loaded machine

Call = Callable[[list[str]], list[str]]  # from the addresses of a scenario's tasks to the command line's arguments


def limits(scenario: Scenario) -> Limits:
    """The limits of a client in this scenario: enough for one that is correct, sequential and slow to start."""
    size = sum(len(scenario.server(task).poem) + 1 for task in range(1, len(scenario.tasks) + 1))
    slowest = min(SLOWEST, scenario.client.stdout_rate or SLOWEST)
    patience = min(1.5 * scenario.total, 10 * scenario.longest) + size / slowest
    # A progress line has some 60 bytes, and a client may read a poem byte by byte.
    return Limits(STARTUP_SECONDS + patience, 4 * size + SPARE_BYTES, 100 * size + SPARE_BYTES)


def run_cell(
    servers: Servers,
    client: Client,
    scenario: Scenario,
    playbill: Path,
    folder: Path,
    call: Call = list,
    started: Callable[[], None] = lambda: None,
) -> Recording:
    """Open the servers, run the client against them, and close them; the evidence is then in `folder`.

    `started` is called once the client has been started.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ports = servers.open(playbill, folder / "send-log.ndjson", len(scenario.servers))
    try:
        patience = [] if scenario.patience is None else ["--timeout", f"{scenario.patience:.10g}"]
        addresses = scenario.addresses(ports)
        began = time.monotonic()
        try:
            process = servers.pod.start(client, [*patience, *call(addresses)], scenario.client)
        except OSError as error:
            refuse_if_used_up(error)
            return _not_started(folder, began, error)
        started()
        control = ClientControl(process, scenario.client, SentBytes(folder / "send-log.ndjson"))
        return record(process, folder, limits(scenario), began, control)
    finally:
        servers.close()


def _not_started(folder: Path, began: float, error: OSError) -> Recording:
    # As in a shell: exit status 127, and the reason on standard error.
    with contextlib.closing(Transcript(folder)) as transcript:
        transcript.add(time.monotonic(), "stderr", f"{error}\n".encode())
    return Recording(began, time.monotonic(), None, Exit(127))
