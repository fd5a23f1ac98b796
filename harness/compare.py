"""The main job: every client in every scenario, against the same slow servers; the record of a run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness import owner, run_folder
from harness.backend import Backend, Say, Unready
from harness.backend.choice import choose
from harness.cell import run_cell
from harness.client import Client
from harness.evidence import read_evidence
from harness.likeness import likenesses
from harness.options import Options, selected
from harness.paths import RUNS
from harness.provenance import provenance
from harness.run_folder import RunFolder
from harness.scenario import Scenario
from harness.servers import Servers
from harness.verdict import Judgement, judge

ATTEMPTS = 3  # a cell spoilt by the lab is run again at most twice


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
    parent = run_folder.make_parent(options.out or RUNS)
    label = owner.this_owner()
    with choose(options.backend, label, install=options.install, say=say) as backend:
        folder = RunFolder.create(parent, run_folder.new_id())
        ready = backend.prepare(clients, say)
        folder.run["options"] = options.record()
        folder.run["provenance"] = provenance(backend.name, ready)
        folder.run["clients"] = [client.record() for client in clients]
        for scenario in scenarios:
            folder.add_scenario(scenario, backend.iface)
        folder.save()
        # From here on all is judged as it stands in the folder, so that a replay cannot come out otherwise.
        cells = list(rounds_in_turn(clients, list(run_folder.scenarios_of(folder).values()), options.rounds))
        with Servers(label) as servers:
            comparison = _Comparison(folder, backend, servers, ready.unready, options.late_budget_ms)
            for number, (round_, scenario, client) in enumerate(cells, 1):
                cell = comparison.cell(client, scenario, round_)
                folder.run["cells"].append(cell)
                folder.save()
                mark = "" if cell["expected"] else f", unexpected: {cell['reason']['sentence']}"
                say(f"[{number}/{len(cells)}] {scenario.name} · {client.name}: {cell['verdict']}{mark}")
    complete(folder, began)
    return folder


@dataclass(frozen=True)
class _Comparison:
    """What all cells of a run have in common."""

    folder: RunFolder
    backend: Backend
    servers: Servers
    unready: Mapping[str, Unready]
    late_budget_ms: float

    def cell(self, client: Client, scenario: Scenario, round_: int) -> dict[str, Any]:
        """Run one cell, if it can be, and judge it: its record in run.json."""
        why = self.unready.get(client.name) or _left_out(client, scenario)
        outcome = _not_run(why) if why else self._run_until_fair(client, scenario, round_)
        return {"client": client.name, "scenario": scenario.name, "round": round_, **outcome}

    def _run_until_fair(self, client: Client, scenario: Scenario, round_: int) -> dict[str, Any]:
        playbill = self.folder.playbill(scenario.name)
        for attempt in range(1, ATTEMPTS + 1):
            place = self.folder.cell_folder(scenario.name, client.name, round_, attempt)
            facts = run_folder.facts(run_cell(self.backend, self.servers, client, scenario, playbill, place))
            evidence = read_evidence(place, scenario, run_folder.recording_of(facts))
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


def _left_out(client: Client, scenario: Scenario) -> Unready | None:
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
