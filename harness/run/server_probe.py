"""The lab's own reader in a pod: its evidence is `received.ndjson` and the bytes in `received-SERVER`.

The lines of `received.ndjson` are those of `slowpoetry.server_probe` without the bytes.
"""

from __future__ import annotations

import base64
import contextlib
import json
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.backend import Pod
from harness.errors import LabError
from harness.paths import ROOT
from harness.run.recorder import Limits, record
from harness.run.servers import Servers
from harness.spec.client import Client, Traits
from harness.spec.scenario import Scenario, Server
from slowpoetry.address import Address, format_address
from slowpoetry.server_probe import LISTEN, LOOK

ENDS = ("close", "reset", "hang-up")
RECORD, SEND_LOG = "received.ndjson", "send-log.ndjson"
STARTUP_SECONDS = 60.0  # for the probe itself; generous, because it is not measured
MOST_BYTES = 1 << 30

PROBE = Client(
    name="server-probe",
    language="python",
    model="selectors",
    summary="the lab's own reader of servers",
    image="python",
    command=("python3", "-m", "slowpoetry.server_probe"),
    traits=Traits("together", "silent", "at-end", "arguments"),
    unsupported={},
    known_failures=(),
    home=ROOT,
)


def probe(servers: Servers, scenario: Scenario, playbill: Path, folder: Path, seconds: float) -> None:
    """Open the servers and read each to its end, or until so many seconds are over; LabError if the probe fails."""
    ports = servers.open(playbill, folder / SEND_LOG, len(scenario.servers))
    try:
        read(servers.pod, _called(scenario, ports), folder, seconds)
        kinds = {number: _last(server) for number, server in enumerate(scenario.servers, 1)}
        awaited: dict[int, Collection[str]] = {number: ENDS for number, kind in kinds.items() if kind == "fin"}
        awaited |= {number: ("knock",) for number, server in enumerate(scenario.servers, 1) if server.full}
        _await_records(folder / SEND_LOG, awaited, time.monotonic() + seconds)
    finally:
        servers.close()


def _last(server: Server) -> str:
    return server.schedule[-1].kind if server.schedule else "none"


def _called(scenario: Scenario, ports: list[int]) -> list[dict[str, Any]]:
    """Every server of the scenario once, as `slowpoetry.server_probe` is told of it."""
    called = []
    for server, port in zip(scenario.servers, ports, strict=True):
        silence, leave = server.silence(scenario.patience), None
        if silence and scenario.patience:
            leave = silence.at + min(LISTEN, scenario.patience / 2)
        away = server.away is not None
        at = format_address(Address(scenario.iface, port))
        called.append({"at": at, "ends": _last(server), "full": server.full, "away": away, "leave": leave})
    return called


def read(pod: Pod, called: Sequence[Mapping[str, Any]], folder: Path, seconds: float) -> None:
    """Make all these calls at once, read each to its end, and write what came to `folder`; LabError if that fails."""
    process = pod.start(PROBE, [str(seconds), *map(json.dumps, called)])
    limits = Limits(seconds + STARTUP_SECONDS, MOST_BYTES, MOST_BYTES)
    recording = record(process, folder, limits, time.monotonic())
    if recording.exit.status != 0:
        said = (folder / "stderr").read_text("utf-8", "replace")[-300:]
        raise LabError(f"the lab's own reader of servers failed with exit status {recording.exit.status}: {said}")
    with contextlib.ExitStack() as stack:
        raws = [stack.enter_context((folder / f"received-{n}").open("wb")) for n in range(1, len(called) + 1)]
        told = stack.enter_context((folder / RECORD).open("w", encoding="utf-8"))
        for line in (folder / "stdout").read_text("ascii").splitlines():
            entry = json.loads(line)
            raws[entry["server"] - 1].write(base64.b64decode(entry.pop("bytes", "")))
            told.write(json.dumps(entry, separators=(",", ":")) + "\n")
    for name in ("stdout", "stderr", "transcript.ndjson"):
        (folder / name).unlink()


def _await_records(log: Path, awaited: Mapping[int, Collection[str]], deadline: float) -> None:
    """Wait until the log has one of the awaited acts for each server, or until the deadline."""
    missing = dict(awaited)
    while missing and time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            text = log.read_text("utf-8")
            for line in text[: text.rfind("\n") + 1].splitlines():
                entry = json.loads(line)
                if entry["act"] in missing.get(entry["server"], ()):
                    del missing[entry["server"]]
        if missing:
            time.sleep(LOOK)
