"""The main job: every client in every scenario, against the same slow servers; the record of a run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness import client as clients_module
from harness import owner, run_folder
from harness import scenario as scenarios_module
from harness.backend import Backend, Ready, Say, Unready
from harness.backend.choice import BACKENDS, choose
from harness.cell import run_cell
from harness.client import Client
from harness.errors import NothingSelected, UsageError
from harness.evidence import read_evidence
from harness.likeness import likenesses
from harness.paths import RUNS
from harness.provenance import provenance
from harness.run_folder import RunFolder
from harness.scenario import Scenario
from harness.selection import select
from harness.servers import Servers
from harness.verdict import LATE_BUDGET_MS, Judgement, judge

ATTEMPTS = 3  # a cell spoilt by the lab is run again at most twice


@dataclass(frozen=True)
class Options:
    """What `compare` was asked for; empty lists mean all clients and the default scenarios."""

    clients: str = ""
    scenarios: str = ""
    client_folders: tuple[Path, ...] = ()
    backend: str = "auto"
    rounds: int = 1
    pace: float = 1.0
    seed: int = 1
    tasks: int | None = None
    late_budget_ms: float = LATE_BUDGET_MS
    out: Path | None = None
    install: bool = True

    def check(self) -> None:
        """Raise a UsageError that names a bad value."""
        if self.backend not in BACKENDS:
            raise UsageError(f"--backend: unknown backend {self.backend!r}; there are: {', '.join(BACKENDS)}")
        if self.rounds < 1:
            raise UsageError(f"--rounds {self.rounds}: must be 1 or more")
        if not 0 < self.pace < float("inf"):
            raise UsageError(f"--pace {self.pace}: must be a number above 0")
        if self.tasks is not None and not 1 <= self.tasks <= 8000:
            raise UsageError(f"--tasks {self.tasks}: must be from 1 to 8000")
        if not 0 < self.late_budget_ms < float("inf"):
            raise UsageError(f"--late-budget {self.late_budget_ms}: must be a number of milliseconds above 0")


def selected(options: Options) -> tuple[list[Client], list[Scenario]]:
    """The clients and scenarios asked for; UsageError or NothingSelected where there are none such."""
    known = clients_module.discover()
    brought: dict[str, Client] = {}
    for folder in options.client_folders:
        found = clients_module.from_outside(folder)
        clash = found.keys() & {**known, **brought}.keys()
        if clash:
            raise UsageError(f"--client {folder}: there is a client {min(clash)!r} already; give yours another name")
        brought.update(found)
    known.update(brought)
    # A client that was brought is what the run is about, unless --clients says otherwise.
    clients = select("client", options.clients, known) if options.clients else list((brought or known).values())
    scenarios = scenarios_module.discover(pace=options.pace, seed=options.seed, tasks=options.tasks)
    if options.scenarios:
        chosen = select("scenario", options.scenarios, scenarios)
    else:
        chosen = [scenario for scenario in scenarios.values() if scenario.default]
    if not clients or not chosen:
        raise NothingSelected("nothing to run")
    return clients, chosen


def rounds_in_turn(
    clients: Sequence[Client], scenarios: Sequence[Scenario], rounds: int
) -> Iterator[tuple[int, Scenario, Client]]:
    """Client after client, each round starting with the next one: no client always runs first or last."""
    for round_ in range(1, rounds + 1):
        shift = (round_ - 1) % len(clients)
        for scenario in scenarios:
            for client in [*clients[shift:], *clients[:shift]]:
                yield round_, scenario, client


def compare(options: Options, say: Say) -> RunFolder:
    """Run everything; the folder is complete up to the last finished cell, whatever happens."""
    began = time.monotonic()
    options.check()
    clients, scenarios = selected(options)
    folder = RunFolder.create(options.out or RUNS, run_folder.new_id())
    label = owner.this_owner()
    with choose(options.backend, label, install=options.install, say=say) as backend:
        ready = backend.prepare(clients, say)
        run = folder.run
        recorded = asdict(options)
        for key in ("client_folders", "out", "install"):
            del recorded[key]
        run["options"] = recorded
        run["provenance"] = provenance(backend.name, ready)
        run["clients"] = [client.record() for client in clients]
        for scenario in scenarios:
            folder.add_scenario(scenario, backend.iface)
        folder.save()
        # From here on all is judged as it stands in the folder, so that a replay cannot come out otherwise.
        scenarios = list(run_folder.scenarios_of(folder).values())
        with Servers(label) as servers:
            _run_cells(
                folder, backend, servers, ready, options, list(rounds_in_turn(clients, scenarios, options.rounds)), say
            )
    complete(folder, began)
    return folder


def _run_cells(
    folder: RunFolder,
    backend: Backend,
    servers: Servers,
    ready: Ready,
    options: Options,
    cells: Sequence[tuple[int, Scenario, Client]],
    say: Say,
) -> None:
    for number, (round_, scenario, client) in enumerate(cells, 1):
        unready = ready.unready.get(client.name) or _left_out(client, scenario)
        if unready:
            cell = _not_run(client, scenario, round_, unready)
        else:
            cell = _run_until_fair(folder, backend, servers, client, scenario, round_, options.late_budget_ms)
        folder.run["cells"].append(cell)
        folder.save()
        mark = "" if cell["expected"] else f", unexpected: {cell['reason']['sentence']}"
        say(f"[{number}/{len(cells)}] {scenario.name} · {client.name}: {cell['verdict']}{mark}")


def _run_until_fair(
    folder: RunFolder,
    backend: Backend,
    servers: Servers,
    client: Client,
    scenario: Scenario,
    round_: int,
    late_budget_ms: float,
) -> dict[str, Any]:
    for attempt in range(1, ATTEMPTS + 1):
        place = folder.cell_folder(scenario.name, client.name, round_, attempt)
        recording = run_cell(backend, servers, client, scenario, folder.playbill(scenario.name), place)
        facts = run_folder.facts(recording)
        evidence = read_evidence(place, scenario, run_folder.recording_of(facts))
        judgement = judge(client, evidence, late_budget_ms)
        if judgement.verdict != "lab-error":
            break
    return {
        "client": client.name,
        "scenario": scenario.name,
        "round": round_,
        "attempt": attempt,
        **judgement.record(),
        **facts,
        "weak_evidence": evidence.transcript.evidence == "stdout",
        "evidence": folder.evidence_of(place),
    }


def _left_out(client: Client, scenario: Scenario) -> Unready | None:
    if scenario.name in client.unsupported:
        return Unready("unsupported", "declared", client.unsupported[scenario.name])
    if scenario.concurrent_only and client.sequential:
        sentence = "declared to fetch one poem after another, and this scenario is for concurrent clients"
        return Unready("unsupported", "sequential", sentence)
    return None


def _not_run(client: Client, scenario: Scenario, round_: int, why: Unready) -> dict[str, Any]:
    judgement = Judgement(why.verdict, why.verdict == "unsupported", why.code, why.sentence)
    return {
        "client": client.name,
        "scenario": scenario.name,
        "round": round_,
        "attempt": 0,
        **judgement.record(),
        "exit_status": None,
        "evidence": None,
    }


def complete(folder: RunFolder, began: float) -> None:
    """Add what is known at the end: likenesses, the exit status, and the time against the floors."""
    run = folder.run
    run["likeness"] = likenesses(folder)
    run["status"] = exit_status(run["cells"])
    wall = time.monotonic() - began
    floors = sum(cell["metrics"].get("floor_s") or 0.0 for cell in run["cells"])
    run["time"] = {
        "wall_s": round(wall, 3),
        "floors_s": round(floors, 3),
        "ratio": round(wall / floors, 3) if floors else None,
    }
    folder.save()


def exit_status(cells: Sequence[dict[str, Any]]) -> int:
    """0: all as expected; 4: nothing worse than the lab's own faults; 1: something unexpected."""
    unexpected = [cell for cell in cells if not cell["expected"]]
    if any(cell["verdict"] != "lab-error" for cell in unexpected):
        return 1
    return 4 if unexpected else 0
