"""The servers of each scenario, checked with the lab's own reader before any client is run against them."""

from __future__ import annotations

from concurrent.futures import Future

from harness.backend import Say, Unready
from harness.compare.site import Pool
from harness.compare.waiting import Waiting
from harness.compare.worker import ATTEMPTS, Shared, Worker
from harness.judge import server_verdict
from harness.judge.server_verdict import Finding
from harness.run import server_probe
from harness.run.cell import STARTUP_SECONDS


def examined(shared: Shared, workers: Pool, waiting: Waiting, say: Say) -> dict[tuple[str, str], Unready]:
    """Check them all, and note in run.json what was found; returns by server program and scenario what is wrong."""
    chosen = [
        (program, scenario)
        for program in shared.programs.values()
        if program.key not in shared.ready.unready
        for scenario in shared.scenarios
        if scenario not in program.unsupported
    ]

    def submit(name: str, scenario: str, attempt: int) -> Future[Finding | None]:
        needs = (shared.programs[name], shared.scenarios[scenario])
        return workers.submit(examine, name, scenario, attempt, needs=needs)

    wrong = {}
    first = [submit(program.name, scenario, 1) for program, scenario in chosen]
    for (program, scenario), future in zip(chosen, first, strict=True):
        finding, attempt = waiting.result(future), 1
        while finding and finding.code == "servers-late" and attempt < ATTEMPTS:
            attempt += 1
            finding = waiting.result(submit(program.name, scenario, attempt))
        place = shared.folder.witness_folder(program.name, scenario, attempt)
        shared.folder.run.setdefault("witness", []).append(
            {
                "server": program.name,
                "scenario": scenario,
                "attempt": attempt,
                "code": finding.code if finding else None,
                "sentence": finding.sentence if finding else None,
                "evidence": str(place.relative_to(shared.folder.path)),
            }
        )
        if finding:
            sentence = f"not run, because the {program.name} servers failed the lab's own check: {finding.sentence}"
            wrong[program.name, scenario] = Unready("lab-error", finding.code, sentence)
        said = finding.sentence if finding else "as scheduled"
        say(f"the {program.name} servers in {scenario}: {said}")
    return wrong


def examine(worker: Worker, program: str, name: str, attempt: int) -> Finding | None:
    """Check a scenario's servers with the lab's own reader; returns what is wrong with them."""
    folder, scenario = worker.shared.folder, worker.shared.scenarios[name]
    place = folder.witness_folder(program, name, attempt)
    place.mkdir(parents=True)
    try:
        servers = worker.servers(program)
    except OSError as error:
        return Finding("not-startable", f"they cannot be started: {error}")
    worker.started()
    seconds = STARTUP_SECONDS + 1.5 * scenario.longest
    server_probe.probe(servers, scenario, folder.playbill(name), place, seconds)
    return server_verdict.examine(place, scenario, worker.shared.late_budget_ms)
