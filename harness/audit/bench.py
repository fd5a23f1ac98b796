"""The lab's own speed; tests never assert it, because it depends on the machine.

Four figures: how late the servers' chunks are with 1,000 connections of 10 chunks a second; how many chunks a second
they bear, compared with a plain epoll loop in C; the time of a crowd divided by its floor, for each client and each
backend; the time of a whole compare divided by the sum of its floors.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from harness.audit.load import load
from harness.backend import Say, ownership
from harness.backend.local import LocalBackend
from harness.compare.matrix import compare
from harness.compare.options import Options
from harness.judge.metrics import percentile
from harness.printable import counted
from harness.record.evidence import read_evidence
from harness.record.run_folder import RunFolder
from harness.run.cell import run_cell
from harness.run.servers import Servers
from harness.spec import client, server_program
from harness.spec.scenario import Scenario, Server
from slowpoetry.schedule import even_schedule
from slowpoetry.server.playbill import format_playbill

CONNECTIONS = 1000
CHUNKS_PER_SECOND = 10
SECONDS = 10


def bench(backends: list[str], rounds: int, say: Say) -> int:
    """Measure and print; the evidence of each compare is in runs/."""
    print(_servers_lateness(rounds))
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
    chunks = CHUNKS_PER_SECOND * SECONDS
    poem = b"0123456789" * chunks
    schedule = even_schedule(len(poem), num_bytes=10, delay=1 / CHUNKS_PER_SECOND)
    scenario = Scenario("bench", "many connections", (Server("bench", poem, schedule),), (0,) * CONNECTIONS)
    # A client that prints 10,000 progress lines a second would compete with the servers for the processors.
    reader = replace(client.discover()["python-blocking"], command=("python3", "-m", "harness.audit.quiet_reader"))
    label, program = ownership.this_owner(), server_program.discover()[server_program.REFERENCE]
    p99 = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="slow-poetry-lab-") as name:
            folder = Path(name)
            (folder / "bench.txt").write_bytes(poem)
            playbill = folder / "bench.playbill"
            with (
                LocalBackend(label) as backend,
                Servers(backend.pod(program, folder), program.name) as servers,
            ):
                playbill.write_text(format_playbill(scenario.playbill(Path("."))), "utf-8")
                recording = run_cell(servers, reader, scenario, playbill, folder / "cell")
            lateness = read_evidence(folder / "cell", scenario, recording).log.lateness
            p99.append((percentile(lateness, 0.99) or 0.0) * 1000)
    p99.sort()
    return (
        f"servers, {CONNECTIONS} connections of {CHUNKS_PER_SECOND} chunks/s: late by {p99[len(p99) // 2]:.2f} ms "
        f"at p99 (median of {counted(rounds, 'round')}, {p99[0]:.2f} to {p99[-1]:.2f})"
    )
