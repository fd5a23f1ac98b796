"""How many chunks a second the servers bear: Twisted's against a plain epoll loop in C, on the same schedules.

A rate is borne if the chunks are at most LATE late at p99, in most of SLICES slices of the time, because one pause of
the whole machine is no fault of a server; for the same reason each rate has TRIES tries.  Both servers and the client
that reads from them, in C as well, share this machine with whatever else runs on it, so that only the ratio means
something, not the rates.
"""

from __future__ import annotations

import math
import resource
import statistics
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from harness.backend import ownership
from harness.backend.local import LocalBackend
from harness.errors import LabError
from harness.judge.metrics import percentile
from harness.record.send_log import read_send_log
from harness.run.servers import Servers
from harness.spec import server_program
from harness.spec.scenario import Scenario, Server
from harness.spec.server_program import ServerProgram
from slowpoetry.schedule import even_schedule
from slowpoetry.server.playbill import format_playbill

SOURCES = Path(__file__).with_name("epoll")
CONNECTIONS = 1000
SECONDS = 2.0  # of each load
LATE = 0.005  # seconds
SLICES = 20
TRIES = 3
TOO_HIGH, LOWEST = 400_000.0, 3000.0  # chunks a second: no server bears so many; fewer are not tried
HALVINGS = 4  # of the distance between a rate that is borne and its double: down to 4 %


def load() -> str:
    """Measure, and say what each server bears; nothing is measured without a C compiler."""
    with tempfile.TemporaryDirectory(prefix="slow-poetry-lab-") as name:
        folder = Path(name)
        try:
            programs = built(folder)
        except (OSError, subprocess.CalledProcessError) as error:
            return f"servers against a plain epoll loop: not measured, because cc failed: {error}"
        twisted, plain = (max_rate(program, folder) for program in programs)
        slow, quick = (cost(program, folder) for program in programs)
    ratio = f": ratio {twisted / plain:.2f}" if plain else ""
    return (
        f"servers, {CONNECTIONS} connections, late by at most {LATE * 1000:g} ms at p99: "
        f"Twisted {twisted:.0f} chunks/s, a plain epoll loop in C {plain:.0f}{ratio}; "
        f"CPU for a chunk: {slow:.1f} µs and {quick:.1f} µs: ratio {quick / slow:.2f}"
    )


def built(folder: Path) -> tuple[ServerProgram, ServerProgram]:
    """The two server programs; the one in C and its reader are built in the folder."""
    for source in ("server", "reader"):
        command = ["cc", "-O2", "-o", str(folder / source), str(SOURCES / f"{source}.c")]
        subprocess.run(command, check=True, capture_output=True)
    twisted = server_program.discover()[server_program.REFERENCE]
    return twisted, replace(twisted, name="epoll", command=(str(folder / "server"),))


def max_rate(program: ServerProgram, folder: Path) -> float:
    """The highest rate that the server bears, in chunks a second; 0 if it does not even bear LOWEST."""

    def borne(rate: float) -> bool:
        return any(played(program, folder, rate)[0] <= LATE for _ in range(TRIES))

    # From above, because a busy machine can make any server late: below, that would end the search.
    high, low = TOO_HIGH, TOO_HIGH / 2
    while not borne(low):
        high, low = low, low / 2
        if low < LOWEST:
            return 0.0
    for _ in range(HALVINGS):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if borne(middle) else (low, middle)
    return low


def cost(program: ServerProgram, folder: Path) -> float:
    """The CPU time of a server for one chunk in microseconds, if the chunks come faster than it can send them."""
    (_, few, least), (_, many, most) = (played(program, folder, rate) for rate in (1000, TOO_HIGH))
    return (most - least) / (many - few) * 1e6


def played(program: ServerProgram, folder: Path, rate: float) -> tuple[float, int, float]:
    """The lateness at `rate` chunks a second, in seconds at p99; the number of chunks; the server's CPU seconds."""
    delay = CONNECTIONS / rate
    poem = b"0123456789" * max(2, round(SECONDS / delay))
    schedule = even_schedule(len(poem), num_bytes=10, delay=delay)
    scenario = Scenario("load", "one rate", (Server("load", poem, schedule),), (0,) * CONNECTIONS)
    playbill, log = folder / "load.playbill", folder / "send-log.ndjson"
    (folder / "load.txt").write_bytes(poem)
    before = _children()
    with (
        LocalBackend(ownership.this_owner()) as backend,
        Servers(backend.pod(program, folder), program.name) as servers,
    ):
        playbill.write_text(format_playbill(scenario.playbill(Path("."))), "utf-8")
        [port] = servers.open(playbill, log, 1)
        # Spread over one delay, the chunks of all connections are due at different times.
        command = [str(folder / "reader"), str(max(delay, 0.1)), *[f"127.0.0.1:{port}"] * CONNECTIONS]
        began = _children()
        if subprocess.run(command).returncode:
            raise LabError(f"the bench's reader failed at {rate:.0f} chunks a second")
        read = _children() - began
        servers.close()
    lateness = read_send_log(log, scenario).lateness
    size = -(-len(lateness) // SLICES)
    p99 = [percentile(lateness[start : start + size], 0.99) or 0.0 for start in range(0, len(lateness), size)]
    return statistics.median(p99), len(lateness), _children() - before - read


def _children() -> float:
    """The CPU seconds of all processes that this one has started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
