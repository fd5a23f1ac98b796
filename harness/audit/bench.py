"""The lab's own speed; tests never assert it, because it depends on the machine.

Five figures: how late the servers' chunks are with 1,000 connections of 10 chunks a second; how far the send log's
stamps of such chunks are from the kernel's own (`capture`); how many chunks a second the servers bear, compared with a
plain epoll loop in C (`load`); the time of a crowd divided by its floor, for each client and each backend; the time of
a whole compare divided by the sum of its floors.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from harness.audit.capture import Capture, NoEvidence, stamp_errors
from harness.audit.load import load
from harness.backend import Say, ownership
from harness.backend.local import LocalBackend
from harness.compare.matrix import compare
from harness.compare.options import Options
from harness.judge.metrics import percentile
from harness.printable import counted
from harness.record.run_folder import RunFolder
from harness.record.send_log import read_send_log
from harness.run.cell import run_cell
from harness.run.servers import Servers
from harness.spec import client, server_program
from harness.spec.scenario import Scenario, Server
from slowpoetry.address import parse_addresses
from slowpoetry.schedule import even_schedule
from slowpoetry.server.playbill import format_playbill

CONNECTIONS = 1000
CHUNKS_PER_SECOND = 10
SECONDS = 10
MANY = f"servers, {CONNECTIONS} connections of {CHUNKS_PER_SECOND} chunks/s"


def bench(backends: list[str], rounds: int, say: Say) -> int:
    """Measure and print; the evidence of each compare is in runs/."""
    print(_servers_lateness(rounds))
    print(_stamps(rounds))
    print(load())
    for backend in backends:
        crowd = compare(Options(scenarios="crowd", backend=backend, rounds=rounds, late_budget_ms=1000), say)
        tasks = len(crowd.run["scenarios"][0]["tasks"])
        print(f"crowd of {tasks}, {backend}, time ÷ floor, {counted(rounds, 'round')}:")
        for line in _crowd(crowd):
            print(f"  {line}")
    for backend in backends:
        took = compare(Options(backend=backend), say).run["time"]
        print(f"compare, {backend}: {took['wall_s']:.1f} s for floors of {took['floors_s']:.1f} s: {took['ratio']:.2f}")
    return 0


def _crowd(folder: RunFolder) -> list[str]:
    lines = []
    for name in (one["name"] for one in folder.run["clients"]):
        cells = [cell for cell in folder.run["cells"] if cell["client"] == name and cell["metrics"].get("time")]
        times = sorted(cell["metrics"]["time"] for cell in cells)
        if times:
            exact = sum(cell["axes"]["bytes"] == ["exact"] for cell in cells)
            middle = times[len(times) // 2]
            lines.append(f"{name}: {middle:.2f} ({times[0]:.2f} to {times[-1]:.2f}), bytes exact {exact}/{len(cells)}")
    return lines


def _servers_lateness(rounds: int) -> str:
    p99 = []
    for _ in range(rounds):
        with _many_connections() as (log, _, scenario):
            lateness = read_send_log(log, scenario).lateness
        p99.append((percentile(lateness, 0.99) or 0.0) * 1000)
    return f"{MANY}: late by {_spread(p99)} ms at p99 ({counted(rounds, 'round')})"


def _stamps(rounds: int) -> str:
    """In runs of their own, because the kernel's capture takes the servers a little time."""
    middle, p99, count = [], [], 0
    try:
        for _ in range(rounds):
            with Capture() as capture, _many_connections() as (log, port, _):
                errors = [abs(error) * 1000 for error in stamp_errors(log, capture.segments(), [port])]
            middle.append(percentile(errors, 0.5) or 0.0)
            p99.append(percentile(errors, 0.99) or 0.0)
            count += len(errors)
    except NoEvidence as error:
        return f"the send log's stamps against a packet capture: not measured, because {error}"
    return (
        f"{MANY}: the send log's stamps differ from the kernel's by {_spread(middle)} ms, "
        f"at p99 by {_spread(p99)} ms ({counted(count, 'chunk')} in {counted(rounds, 'round')})"
    )


def _spread(values: list[float]) -> str:
    """The median of some rounds, and the least and the greatest."""
    values = sorted(values)
    return f"{values[len(values) // 2]:.3f} ({values[0]:.3f} to {values[-1]:.3f})"


@contextlib.contextmanager
def _many_connections() -> Iterator[tuple[Path, int, Scenario]]:
    """A run of many connections: its send log, the servers' port, its scenario."""
    chunks = CHUNKS_PER_SECOND * SECONDS
    poem = b"0123456789" * chunks
    schedule = even_schedule(len(poem), num_bytes=10, delay=1 / CHUNKS_PER_SECOND)
    scenario = Scenario("bench", "many connections", (Server("bench", poem, schedule),), (0,) * CONNECTIONS)
    # A client that prints 10,000 progress lines a second would compete with the servers for the processors.
    reader = replace(client.discover()["python-blocking"], command=("python3", "-m", "harness.audit.quiet_reader"))
    label, program = ownership.this_owner(), server_program.discover()[server_program.REFERENCE]
    called: list[str] = []

    def call(addresses: list[str]) -> list[str]:
        called.extend(addresses)
        return addresses

    with tempfile.TemporaryDirectory(prefix="slow-poetry-lab-") as name:
        folder = Path(name)
        (folder / "bench.txt").write_bytes(poem)
        playbill = folder / "bench.playbill"
        with (
            LocalBackend(label) as backend,
            Servers(backend.pod(program, folder), program.name) as servers,
        ):
            playbill.write_text(format_playbill(scenario.playbill(Path("."))), "utf-8")
            run_cell(servers, reader, scenario, playbill, folder / "cell", call)
        yield folder / "cell" / "send-log.ndjson", parse_addresses(called)[0].port, scenario
