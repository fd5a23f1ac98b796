"""Trials of a client's command line: bad arguments get a usage message, and a bare port means 127.0.0.1.

The evidence of a trial with bad arguments is in `command-line/NAME/` of the run's folder, in the same files as a
cell's; `command-line/trials.json` says how all of them ended.  If a run tries several clients, each has a folder
`command-line/CLIENT/` with the same contents.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness.compare.besides import Work
from harness.compare.worker import Worker
from harness.errors import LabError, UsageError
from harness.paths import POEMS
from harness.record import run_folder
from harness.record.run_folder import RunFolder
from harness.run.cell import run_cell
from harness.run.recorder import STREAMS, Recording
from harness.spec.client import Client
from harness.spec.data_file import read_json
from harness.spec.scenario import Scenario, Server
from harness.spec.server_program import REFERENCE
from slowpoetry.schedule import even_schedule

FOLDER, RECORD = "command-line", "trials.json"
POEM = "furuike"
BARE_PORT = "bare-port"  # the scenario's name
CALLED = "You were called with a bare port, which means 127.0.0.1, and with the same port of 127.0.0.1."
EXPECTED = "Expected: a usage message on standard error, exit status 2, and no connection."

ADVICE = "If an argument is only a port, connect to that port of 127.0.0.1."


@dataclass(frozen=True)
class Trial:
    """Bad arguments: `bad` after the address of a good server; None: no arguments at all."""

    name: str
    bad: str | None

    @property
    def shown(self) -> list[str]:
        """The words for a person to try; they should fail alike with and without a server at the good address."""
        return [] if self.bad is None else ["127.0.0.1:10001", self.bad]

    def call(self, addresses: list[str]) -> list[str]:
        """The words on the command line."""
        return [] if self.bad is None else [addresses[0], self.bad]


TRIALS = {
    trial.name: trial
    for trial in (
        Trial("no-arguments", None),
        Trial("port-no-number", "127.0.0.1:poetry"),
        Trial("port-too-high", "127.0.0.1:70000"),
    )
}


def bare_port() -> Scenario:
    """One short poem that is fetched twice: see `by_bare_port`."""
    poem = (POEMS / f"{POEM}.txt").read_bytes()
    server = Server(POEM, poem, even_schedule(len(poem), num_bytes=12, delay=0.1))
    return Scenario(BARE_PORT, "one poem, by a bare port and by host and port", (server,), (0, 0))


def by_bare_port(addresses: list[str]) -> list[str]:
    """The same addresses, the first one without its host, which must be 127.0.0.1."""
    first, *others = addresses
    return [first.removeprefix("127.0.0.1:"), *others]


def trials(client: Client, scenario: Scenario) -> list[Work]:
    """All trials, each against the servers of this scenario, as the work beside the cells of a run."""
    name = client.name
    return [Work(name, partial(_try, client=name, scenario=scenario.name, name=trial)) for trial in TRIALS]


def _try(worker: Worker, client: str, scenario: str, name: str, own: str = "") -> dict[str, Any] | None:
    """One trial; None if the client cannot run here."""
    shared = worker.shared
    if client in shared.ready.unready:
        return None
    servers = worker.servers(REFERENCE)
    playbill, place = shared.folder.playbill(scenario), shared.folder.path / FOLDER / own / name
    call = TRIALS[name].call
    recording = run_cell(
        servers, shared.clients[client], shared.scenarios[scenario], playbill, place, call, worker.started
    )
    return {"name": name, **run_folder.facts(recording)}


def try_in_turn(worker: Worker, client: str, scenario: str) -> None:
    """The trials of one of several clients, up to its first wrong answer; nothing is written if the lab fails."""
    folder, ends = worker.shared.folder, []
    place = folder.path / FOLDER / client
    try:
        for name in TRIALS:
            end = _try(worker, client, scenario, name, own=client)
            if end is None:
                return
            ends.append(end)
            if any(fault for _, fault in _judged(place, [end])):
                break
    except (LabError, OSError):
        worker.close_servers()  # nobody knows what they do now
        return
    _write_ends(place, ends)


def write(folder: RunFolder, ends: list[dict[str, Any] | None]) -> None:
    """Write how the trials ended; nothing if the client could not run here."""
    by_name = {end["name"]: end for end in ends if end}
    if by_name and len(by_name) == len(ends):  # in the order of TRIALS, whichever ended first
        _write_ends(folder.path / FOLDER, [by_name[name] for name in TRIALS if name in by_name])


def _write_ends(place: Path, ends: Sequence[dict[str, Any] | None]) -> None:
    (place / RECORD).write_text(json.dumps(ends, indent=1) + "\n", "utf-8")


def read_trials(folder: RunFolder, client: str = "") -> list[tuple[Trial, str]]:
    """Every trial of a run with what is wrong with it, "" if nothing is; an empty list if no trial was made.

    `client` names one of several clients of the run.
    """
    place = folder.path / FOLDER / client
    if not (place / RECORD).exists():
        return []
    try:
        return list(_judged(place, read_json(place / RECORD, "trials")))
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from None


def _judged(place: Path, ends: list[dict[str, Any]]) -> Iterable[tuple[Trial, str]]:
    for end in ends:
        trial = TRIALS[end["name"]]
        log, stdout, stderr = ((place / trial.name / name).read_bytes() for name in ("send-log.ndjson", *STREAMS))
        yield trial, wrong(run_folder.recording_of(end), stdout, stderr, log.count(b'"act":"accept"'))


def wrong(recording: Recording, stdout: bytes, stderr: bytes, connections: int) -> str:
    """What is wrong with the answer to bad arguments, in one sentence; "" if nothing is."""
    end = recording.exit
    found = []
    if connections:
        found.append("you connected to the other address, which is correct: check all arguments before you begin")
    if stdout:
        found.append("you printed something on standard output")
    if b"usage" not in stderr.lower():
        found.append("your message does not say `usage`" if stderr.strip() else "you printed nothing on standard error")
    if recording.stopped:
        found.append(f"you had not exited after {recording.ended - recording.started:.0f} s")
    elif end.status is None:
        found.append(f"you died by signal {end.signal}")
    elif end.status != 2:
        found.append(f"your exit status was {end.status}")
    told = "; ".join(found)
    return f"{told[:1].upper()}{told[1:]}." if found else ""
