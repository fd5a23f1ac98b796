"""The path probe: do resets, half-closes and chunk boundaries survive between a backend's clients and the servers?"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from harness.backend import Backend
from harness.errors import LabError
from harness.paths import ROOT
from harness.run.cell import run_cell
from harness.run.servers import Servers
from harness.spec import server_program
from harness.spec.client import Client, Traits
from harness.spec.scenario import Scenario, Server
from slowpoetry.schedule import Act
from slowpoetry.server.playbill import format_playbill

CHUNK = 10
CHUNKS = 5
PAUSE = 0.1  # long enough for a reader to take one chunk before the next

PROBE = Client(
    name="path-probe",
    language="python",
    model="blocking",
    summary="the client's half of the path probe",
    image="python",
    command=("python3", "-m", "slowpoetry.path_probe"),
    traits=Traits("in-turn", "silent", "at-end", "arguments"),
    unsupported={},
    known_failures=(),
    home=ROOT,
)

SERVERS = server_program.discover()[server_program.REFERENCE]


@dataclass(frozen=True)
class Survival:
    """What survives the path between client and server."""

    chunks: bool
    reset: bool
    half_close: bool


def _scenario() -> Scenario:
    chunks = tuple(Act(PAUSE * (i + 1), "send", CHUNK) for i in range(CHUNKS))
    poem = b"0123456789" * CHUNKS
    return Scenario(
        name="path-probe",
        summary="chunks, a reset, and a half-close",
        servers=(
            Server("probe", poem, (*chunks, Act(chunks[-1].at, "close"))),
            Server("probe", poem, (chunks[0], Act(2 * PAUSE, "reset"))),
            Server("probe", poem, (chunks[-1], Act(chunks[-1].at, "close"))),
        ),
        tasks=(0, 1, 2),
    )


def probe(backend: Backend) -> Survival:
    """Run the probe in this backend; LabError if its client fails."""
    scenario = _scenario()
    with tempfile.TemporaryDirectory(prefix="slow-poetry-lab-") as name:
        folder = Path(name)
        (folder / "probe.txt").write_bytes(scenario.servers[0].poem)
        playbill = folder / "probe.playbill"
        playbill.write_text(format_playbill(scenario.playbill(Path("."))), "utf-8")
        with Servers(backend.pod(SERVERS, folder), SERVERS.name) as servers:
            recording = run_cell(servers, PROBE, scenario, playbill, folder / "cell")
        if recording.exit.status != 0:
            words = (folder / "cell" / "stderr").read_text("utf-8", "replace")[-300:]
            raise LabError(f"the path probe's client failed with exit status {recording.exit.status}: {words}")
        saw = json.loads((folder / "cell" / "stdout").read_text())
        sent = (folder / "cell" / "send-log.ndjson").read_text("utf-8").splitlines()
        acts = [(entry["server"], entry["act"]) for entry in map(json.loads, sent)]
    return Survival(
        chunks=saw["reads"] == [CHUNK] * CHUNKS,
        reset=saw["reset"],
        half_close=saw["after_half_close"] == CHUNK and (3, "half-close") in acts,
    )
