"""The main job: every client in every scenario, against the same slow servers, recorded as a run."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.backend import Backend, Say, Unready, ownership
from harness.backend.choice import choose
from harness.compare.options import Options, selected, selected_servers
from harness.compare.provenance import provenance
from harness.judge import server_verdict
from harness.judge.exit_status import exit_status
from harness.judge.likeness import likenesses
from harness.judge.stability import stability
from harness.judge.timings import timings
from harness.judge.verdict import Judgement, judge
from harness.paths import RUNS
from harness.record import run_folder
from harness.record.evidence import read_evidence
from harness.record.ndjson import Unreadable
from harness.record.run_folder import RunFolder
from harness.run import server_probe
from harness.run.cell import STARTUP_SECONDS, Call, run_cell
from harness.run.servers import Servers
from harness.spec.client import Client
from harness.spec.scenario import Scenario
from harness.spec.server_program import REFERENCE, ServerProgram

ATTEMPTS = 3  # a cell with a lab-error is run again at most twice


Cells = Iterator[tuple[int, ServerProgram, Scenario, Client]]


def rounds_in_turn(
    servers: Sequence[ServerProgram], clients: Sequence[Client], scenarios: Sequence[Scenario], rounds: int
) -> Cells:
    """All cells in order.  Each round starts with another client, so that no client always runs first or last."""
    for round_ in range(1, rounds + 1):
        shift = (round_ - 1) % len(clients)
        for server in servers:
            for scenario in scenarios:
                for client in [*clients[shift:], *clients[:shift]]:
                    yield round_, server, scenario, client


def compare(options: Options, say: Say) -> RunFolder:
    """Run everything that the options select, as `run` does; UsageError or NothingSelected if they are wrong."""
    options.check()
    return run(options, *selected(options), say)


def run(
    options: Options,
    clients: Sequence[Client],
    scenarios: Sequence[Scenario],
    say: Say,
    also: Callable[[Comparison], None] = lambda comparison: None,
) -> RunFolder:
    """Run these clients and scenarios; the folder is complete up to the last finished cell, whatever happens.

    `also` is called after all cells have been run, while the server programs still run.
    """
    began = time.monotonic()
    programs = selected_servers(options)
    parent = run_folder.make_parent(options.out or RUNS)
    with choose(options.backend, ownership.this_owner(), install=options.install, say=say) as backend:
        folder = RunFolder.create(parent, run_folder.new_id())
        ready = backend.prepare([*clients, *programs], say)
        folder.run["options"] = options.record()
        folder.run["provenance"] = provenance(backend.name, ready)
        folder.run["clients"] = [client.record() for client in clients]
        folder.run["servers"] = [program.record() for program in programs]
        for scenario in scenarios:
            folder.add_scenario(scenario, backend.iface)
        folder.save()
        # From here on everything is judged as the folder holds it, so that a replay has the same result.
        scenarios = list(run_folder.scenarios_of(folder).values())
        with contextlib.ExitStack() as stack:
            comparison = Comparison(folder, backend, {}, dict(ready.unready), options.late_budget_ms)
            for program in programs:
                comparison.start(program, stack)
                for scenario in scenarios if options.examines_servers else ():
                    comparison.examine(program, scenario, say)
            cells = list(rounds_in_turn(programs, clients, scenarios, options.rounds))
            for number, (round_, program, scenario, client) in enumerate(cells, 1):
                cell = comparison.cell(program, client, scenario, round_)
                folder.run["cells"].append(cell)
                folder.save()
                mark = "" if cell["expected"] else f", unexpected: {cell['reason']['sentence']}"
                by = "" if program.name == REFERENCE else f" · {program.name} servers"
                say(f"[{number}/{len(cells)}] {scenario.name}{by} · {client.name}: {cell['verdict']}{mark}")
            also(comparison)
    complete(folder, began)
    return folder


@dataclass(frozen=True)
class Comparison:
    """What all cells of a run share: the folder, the backend and the servers."""

    folder: RunFolder
    backend: Backend
    servers: dict[str, Servers]  # by name, those that could be started
    unready: dict[str, Unready]  # by a program's key, or by a server's key and a scenario in which the server is wrong
    late_budget_ms: float

    def start(self, program: ServerProgram, stack: contextlib.ExitStack) -> None:
        """Start a server program, if it is ready; the stack ends it."""
        if program.key in self.unready:
            return
        try:
            process = self.backend.start_server(program, self.folder.path)
        except OSError as error:
            sentence = f"the {program.name} servers cannot be started: {error}"
            self.unready[program.key] = Unready("build-failed", "not-startable", sentence)
            return
        self.servers[program.name] = stack.enter_context(Servers(process, program.name))

    def examine(self, program: ServerProgram, scenario: Scenario, say: Say) -> None:
        """Check a scenario's servers with the lab's own reader; if they are wrong, no client is run against them."""
        if program.key in self.unready or scenario.name in program.unsupported:
            return
        servers, playbill = self.servers[program.name], self.folder.playbill(scenario.name)
        for attempt in range(1, ATTEMPTS + 1):
            place = self.folder.witness_folder(program.name, scenario.name, attempt)
            place.mkdir(parents=True)
            ports = servers.open(playbill, place / server_probe.SEND_LOG, len(scenario.servers))
            try:
                server_probe.probe(scenario, self.backend.iface, ports, place, STARTUP_SECONDS + 1.5 * scenario.longest)
            finally:
                servers.close()
            finding = server_verdict.examine(place, scenario, self.late_budget_ms)
            if finding is None or finding.code != "servers-late":
                break
        self.folder.run.setdefault("witness", []).append(
            {
                "server": program.name,
                "scenario": scenario.name,
                "attempt": attempt,
                "code": finding.code if finding else None,
                "sentence": finding.sentence if finding else None,
                "evidence": str(place.relative_to(self.folder.path)),
            }
        )
        if finding:
            sentence = f"not run, because the {program.name} servers failed the lab's own check: {finding.sentence}"
            problem = Unready("lab-error", finding.code, sentence)
            self.unready[f"{program.key} {scenario.name}"] = problem
        say(f"the {program.name} servers in {scenario.name}: {finding.sentence if finding else 'as scheduled'}")

    def cell(
        self, program: ServerProgram, client: Client, scenario: Scenario, round_: int, call: Call = list
    ) -> dict[str, Any]:
        """Run one cell, if it can be run, and judge it; returns its record for run.json."""
        why = (
            self.unready.get(program.key)
            or self.unready.get(f"{program.key} {scenario.name}")
            or self.unready.get(client.key)
            or _left_out(program, client, scenario)
            or self._beyond_reach(scenario)
        )
        outcome = _not_run(why) if why else self._run_until_fair(program, client, scenario, round_, call)
        names = {"server": program.name, "client": client.name, "scenario": scenario.name}
        return {**names, "round": round_, **outcome}

    def _beyond_reach(self, scenario: Scenario) -> Unready | None:
        lack = self.backend.lacks(scenario.client)
        return Unready("unsupported", "not-possible-here", lack) if lack else None

    def _run_until_fair(
        self, program: ServerProgram, client: Client, scenario: Scenario, round_: int, call: Call
    ) -> dict[str, Any]:
        servers, playbill = self.servers[program.name], self.folder.playbill(scenario.name)
        for attempt in range(1, ATTEMPTS + 1):
            place = self.folder.cell_folder(program.name, scenario.name, client.name, round_, attempt)
            facts = run_folder.facts(run_cell(self.backend, servers, client, scenario, playbill, place, call))
            try:
                evidence = read_evidence(place, scenario, run_folder.recording_of(facts))
            except Unreadable as error:
                # The send log is the servers' record, so its fault says nothing about the client.
                said = str(error).removeprefix(f"{place}/")
                return _not_run(Unready("lab-error", "send-log-wrong", f"the send log cannot be read: {said}"))
            judgement = judge(client, evidence, self.late_budget_ms)
            if judgement.verdict != "lab-error":
                break
        return {
            "attempt": attempt,
            **judgement.record(),
            **facts,
            "weak_evidence": evidence.transcript.evidence == "stdout",
            "evidence": self.folder.evidence_of(place),
        }


def _left_out(program: ServerProgram, client: Client, scenario: Scenario) -> Unready | None:
    if scenario.name in program.unsupported:
        sentence = f"the {program.name} servers cannot play this scenario: {program.unsupported[scenario.name]}"
        return Unready("unsupported", "servers", sentence)
    if scenario.name in client.unsupported:
        return Unready("unsupported", "declared", client.unsupported[scenario.name])
    if scenario.concurrent_only and client.sequential:
        sentence = "declared to fetch one poem after another, and this scenario is for concurrent clients"
        return Unready("unsupported", "sequential", sentence)
    return None


def _not_run(why: Unready) -> dict[str, Any]:
    judgement = Judgement(why.verdict, why.verdict == "unsupported", why.code, why.sentence)
    return {"attempt": 0, **judgement.record(), "exit_status": None, "evidence": None}


def complete(folder: RunFolder, began: float) -> None:
    """Add what is known only at the end: likenesses, stability, exit status, and the time compared to the floors."""
    run = folder.run
    run["likeness"] = likenesses(folder)
    run["stability"] = stability(run)
    run["timings"] = timings(run)
    run["status"] = exit_status(run["cells"], run["options"]["fail_on"])
    wall = time.monotonic() - began
    floors = sum(cell["metrics"].get("floor_s") or 0.0 for cell in run["cells"])
    run["time"] = {
        "wall_s": round(wall, 3),
        "floors_s": round(floors, 3),
        "ratio": round(wall / floors, 3) if floors else None,
    }
    folder.save()
