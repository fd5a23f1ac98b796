"""The exercise whose program is a proxy: it is tried between the slow servers and the lab's own callers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.backend import Say, ownership
from harness.backend.choice import choose
from harness.check.program import refusing
from harness.compare.options import Options, selected_scenarios
from harness.errors import LabError
from harness.exercise.exercise import Exercise, Goal
from harness.judge.proxy_verdict import NOT_STARTABLE, examine
from harness.judge.server_verdict import Finding
from harness.judge.starved import SHARE
from harness.paths import RUNS
from harness.record import run_folder
from harness.record.run_folder import RunFolder
from harness.run.proxy_trial import try_proxy
from harness.run.resources import refuse_if_used_up
from harness.run.server_probe import PROBE
from harness.run.servers import Servers
from harness.spec import server_program
from harness.spec.client import Client
from harness.spec.scenario import Scenario
from harness.spec.server_program import REFERENCE

FOLDER = "proxy"


@dataclass(frozen=True)
class Tried:
    """What the trials have shown: for each scenario its name and what is wrong, None for nothing."""

    folder: RunFolder
    findings: Sequence[tuple[str, Finding | None]]

    def goals(self, exercise: Exercise) -> Iterator[Goal]:
        """The scenarios as the exercise's goals."""
        for name, wrong in self.findings:
            hint = exercise.hints.get(wrong.code, "") if wrong else ""
            yield Goal(name, wrong is None, f"fail, {wrong.code}: {wrong.sentence}" if wrong else "passed", hint)


def try_in_exercise(proxy: Client, options: Options, say: Say) -> Tried:
    """Try the proxy in each scenario that the options select.

    UsageError if the proxy cannot be run, LabError if the lab's own part cannot.
    The evidence is in `proxy/SCENARIO/` of a new run folder, which has no run.json because there are no cells.
    """
    options.check()
    program = server_program.discover()[REFERENCE]
    scenarios = selected_scenarios(options)
    parent = run_folder.make_parent(options.out or RUNS)
    with choose(options.backend, ownership.this_owner(), install=options.install, say=say) as backend:
        ready = backend.prepare([proxy, program, PROBE], say)
        refusing(proxy)(ready)
        for unready in ready.unready.values():
            raise LabError(unready.sentence)
        folder = RunFolder.create(parent, run_folder.new_id())
        for scenario in scenarios:
            folder.add_scenario(scenario)
        with Servers(backend.pod(program, folder.path), REFERENCE) as servers:
            findings = [(one.name, _finding(servers, proxy, one, folder)) for one in scenarios]
    return Tried(folder, findings)


def _finding(servers: Servers, proxy: Client, scenario: Scenario, folder: RunFolder) -> Finding | None:
    place = folder.path / FOLDER / scenario.name
    try:
        trial = try_proxy(servers, proxy, scenario, folder.playbill(scenario.name), place)
    except OSError as error:
        refuse_if_used_up(error)
        return Finding(NOT_STARTABLE, str(error))
    wrong = examine(place, scenario, trial)
    if wrong and trial.starved >= SHARE:
        raise LabError(f"{scenario.name}: the proxy got no processor for half of the time or longer; run again")
    return wrong
