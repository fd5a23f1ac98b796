"""A worker: one process of the lab that runs cells, one after another, with a backend and pods of its own.

A cell needs nothing of other cells, so that workers share nothing but the run's folder, in which each cell has a folder
of its own.  A worker's process is also the recorder of its clients: nothing else runs in it while a client runs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.backend import Ready, Unready
from harness.backend.choice import connect
from harness.errors import LabError
from harness.judge.verdict import Judgement, judge
from harness.record import run_folder
from harness.record.evidence import read_evidence
from harness.record.ndjson import Unreadable
from harness.record.run_folder import RunFolder
from harness.run.cell import Call, run_cell
from harness.run.resources import lacking, refuse_if_used_up
from harness.run.servers import Servers
from harness.spec.client import Client
from harness.spec.scenario import Scenario
from harness.spec.server_program import ServerProgram

ATTEMPTS = 3  # what the lab itself disturbed is tried again at most twice


@dataclass(frozen=True)
class Shared:
    """What all workers of a run know: the folder, and by name the clients, scenarios and server programs."""

    backend: str
    label: str
    ready: Ready
    folder: RunFolder
    clients: Mapping[str, Client]
    scenarios: Mapping[str, Scenario]
    programs: Mapping[str, ServerProgram]
    calls: Mapping[str, Call]  # how a client is called in a scenario, if not by the addresses alone
    late_budget_ms: float
    machine: str = ""  # the name of the machine, if the run has several


@dataclass(frozen=True)
class Cell:
    """One client in one scenario, against one server program, in one round: which, by name."""

    server: str
    client: str
    scenario: str
    round: int

    def record(self) -> dict[str, Any]:
        """The names as a cell of run.json holds them."""
        return vars(self)


class Worker:
    """Use it as `with Worker(shared) as worker:`.  A server program is started when its first cell comes.

    It calls `started` when the servers and the client of its work have been started, and another work may start.
    """

    def __init__(self, shared: Shared, started: Callable[[], None] = lambda: None) -> None:
        self.shared = shared
        self.started = started
        self._backend = connect(shared.backend, shared.label, shared.ready)
        self._servers: dict[str, Servers] = {}
        self._stack = contextlib.ExitStack()

    def servers(self, program: str) -> Servers:
        """This worker's own servers of that program; OSError if it cannot be started."""
        if program not in self._servers:
            pod = self._backend.pod(self.shared.programs[program], self.shared.folder.path)
            self._servers[program] = self._stack.enter_context(Servers(pod, program))
        return self._servers[program]

    def lacking(self, cell: Cell) -> Unready | None:
        """Why this worker cannot run a cell: its programs, its backend or its machine; None if it can."""
        shared = self.shared
        client, scenario, unready = shared.clients[cell.client], shared.scenarios[cell.scenario], shared.ready.unready
        if why := unready.get(shared.programs[cell.server].key) or unready.get(client.key):
            return why
        if lack := self._backend.lacks(client, scenario.client, scenario.host):
            return Unready("unsupported", "not-possible-here", lack)
        limit = lacking(scenario, self._backend.limits(shared.folder.path))
        return Unready("lab-error", "limit-too-low", f"not run, because {limit}") if limit else None

    def learn(
        self,
        clients: Sequence[Client],
        scenarios: Mapping[str, Scenario],
        programs: Sequence[ServerProgram],
        ready: Ready,
    ) -> None:
        """Add what comes after the worker has begun; `ready` tells of these programs only."""
        before = self.shared
        details = {**before.ready.details, **ready.details}
        if "images" in details:
            details["images"] = {**before.ready.details.get("images", {}), **ready.details.get("images", {})}
            shells = (set(one.details.get("without_shell", ())) for one in (before.ready, ready))
            details["without_shell"] = sorted(set().union(*shells))
        known = Ready({**before.ready.unready, **ready.unready}, before.ready.versions, details)
        self.shared = replace(
            before,
            ready=known,
            clients={**before.clients, **{client.name: client for client in clients}},
            scenarios={**before.scenarios, **scenarios},
            programs={**before.programs, **{program.name: program for program in programs}},
        )
        self._backend.resume(known)

    def close_servers(self) -> None:
        """End the servers, also those that do not answer any more."""
        self._servers.clear()
        with contextlib.suppress(LabError, OSError):
            self._stack.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def run_one(worker: Worker, cell: Cell, attempt: int) -> dict[str, Any]:
    """Run a cell once and judge it; returns its record for run.json."""
    machine = {"machine": worker.shared.machine} if worker.shared.machine else {}
    return {**cell.record(), **machine, **_outcome(worker, cell, attempt)}


def _outcome(worker: Worker, cell: Cell, attempt: int) -> dict[str, Any]:
    shared = worker.shared
    client, scenario = shared.clients[cell.client], shared.scenarios[cell.scenario]
    if why := worker.lacking(cell):
        return not_run(why)
    place = shared.folder.cell_folder(cell.server, cell.scenario, cell.client, cell.round, attempt)
    playbill, call = shared.folder.playbill(cell.scenario), shared.calls.get(cell.scenario, list)
    try:
        servers = worker.servers(cell.server)
    except OSError as error:
        refuse_if_used_up(error)
        sentence = f"the {cell.server} servers cannot be started: {error}"
        return not_run(Unready("build-failed", "not-startable", sentence))
    try:
        recording = run_cell(servers, client, scenario, playbill, place, call, worker.started)
    except LabError:
        worker.close_servers()  # nobody knows what they do now; a cell after this one has new ones
        raise
    facts = run_folder.facts(recording)
    try:
        evidence = read_evidence(place, scenario, run_folder.recording_of(facts))
    except (Unreadable, OSError) as error:
        # The send log is the servers' record, so its fault says nothing about the client.
        said = error.strerror if isinstance(error, OSError) else str(error).removeprefix(f"{place}/")
        return not_run(Unready("lab-error", "send-log-wrong", f"the send log cannot be read: {said}"))
    return {
        "attempt": attempt,
        **judge(client, evidence, shared.late_budget_ms).record(),
        **facts,
        "weak_evidence": evidence.transcript.evidence == "stdout",
        "evidence": shared.folder.evidence_of(place),
    }


def not_run(why: Unready) -> dict[str, Any]:
    """The outcome of a cell that cannot be run, as run.json holds it."""
    judgement = Judgement(why.verdict, why.verdict == "unsupported", why.code, why.sentence)
    return {"attempt": 0, **judgement.record(), "exit_status": None, "evidence": None}
