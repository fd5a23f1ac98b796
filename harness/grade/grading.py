"""One run of all submissions in all exercises, and what it says of each: a pure function of the recorded run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from harness.backend import Say, Unready
from harness.check.command_line import try_in_turn
from harness.check.endless import ENOUGH, Endless, own_doing
from harness.check.expect import OPTION
from harness.check.program import UNDECLARED, expecting, explanations, refusing
from harness.check.text import LEFT_OUT, Checked
from harness.compare.besides import Besides, Work
from harness.compare.matrix import run
from harness.compare.options import Options, selected_scenarios
from harness.compare.progress import Watch
from harness.exercise.exercise import Exercise, Goal, goals
from harness.exercise.page import progress
from harness.grade.submission import FAILED, LAB_ERROR, Submission
from harness.judge.breaches import BY_CODE
from harness.judge.verdict import SEQUENTIAL, judge
from harness.printable import printable
from harness.record.evidence import read_evidence
from harness.record.run_folder import RunFolder, recording_of, scenarios_of
from harness.spec.client import Client
from harness.spec.scenario import Scenario

PASSED = "passed"
WIDTH = 100  # columns of the texts
OF_CLIENT = ("fail", "timeout", "crash")  # verdicts on what a client did
STOPPED = {"timeout": "killed-at-limit"}  # the reason code, if it is not what stopped the client
DID_NOT_END = "it did not end, and kept the processors busy"
NOT_GRADED = "not graded, because the lab was stopped"


@dataclass(frozen=True)
class Grade:
    """One submission in one exercise: passed, failed or lab-error, the text for the student, and the next step."""

    exercise: str
    outcome: str
    text: str
    mend: str = ""


@dataclass(frozen=True)
class Row:
    """One submission: its grades in the order of the exercises."""

    name: str
    grades: Sequence[Grade]

    @property
    def points(self) -> int:
        """One for each exercise that is passed, and one for the answers to bad arguments."""
        return sum(grade.outcome == PASSED for grade in self.grades)

    @property
    def mend(self) -> str:
        """The first thing to mend; "" if everything is passed."""
        return next((grade.mend for grade in self.grades if grade.mend), "")


def play(
    options: Options,
    handed_in: Sequence[Submission],
    exercises: Sequence[Exercise],
    say: Say,
    watch: Watch,
    begun: Callable[[RunFolder], None],
) -> None:
    """Run every submission that has a client in the scenarios of all exercises, and with bad arguments.

    `begun` gets the run's folder.  Each scenario is run once, even if several exercises have it.
    """
    names = dict.fromkeys(name for exercise in exercises for name in exercise.scenarios)
    options = replace(options, scenarios=",".join(names))
    options.check()
    scenarios = selected_scenarios(options)
    # The traits decide which cells are run again because the client was starved; `_view` judges again without others.
    wanted = common(exercises)
    clients = [expecting(one.client, wanted) for one in handed_in if one.client]
    if clients:
        least = min(scenarios, key=lambda one: one.total)
        besides = Besides(
            prepared=refusing(*clients),
            begun=begun,
            policy=Decided(scenarios, exercises),
            go_on=True,
            # In the shortest scenario, because a client that does not look at its arguments fetches a poem.
            work=[Work(one.name, partial(try_in_turn, client=one.name, scenario=least.name)) for one in clients],
        )
        run(options, clients, scenarios, say, watch, besides)


def common(exercises: Iterable[Exercise]) -> dict[str, str]:
    """The traits that exercises expect, without those of which two exercises expect different values."""
    values: dict[str, set[str]] = {}
    for exercise in exercises:
        for name, value in exercise.expect.items():
            values.setdefault(name, set()).add(value)
    return {name: value for name, (value, *others) in values.items() if not others}


class Decided(Endless):
    """Leaves out clients that do not end, and long scenarios that decide nothing any more."""

    def __init__(self, scenarios: Sequence[Scenario], exercises: Sequence[Exercise]) -> None:
        super().__init__(sorted(scenarios, key=lambda one: one.total))
        # The shortest come first, because they show soonest which of many clients do not end.
        self.first = self._plain[:ENOUGH]
        self._heavy = {one.name for one in scenarios if one.heavy}
        self._exercises = exercises

    def needless(self, scenario: str, cells: Sequence[dict[str, Any]]) -> Unready | None:
        """A long scenario, if the client has failed each exercise that needs it."""
        failed = {cell["scenario"] for cell in cells if cell["verdict"] in OF_CLIENT}
        others = [{*one.scenarios} - {scenario} for one in self._exercises if scenario in one.scenarios]
        if scenario in self._heavy and all(failed & names for names in others):
            return Unready("skipped", LEFT_OUT, "the exercise is failed already")
        return None


def rows(folder: RunFolder | None, handed_in: Sequence[Submission], exercises: Sequence[Exercise]) -> list[Row]:
    """What the run says of each submission, as far as it has come; no folder: nothing was run."""
    scenarios = scenarios_of(folder) if folder else {}
    return [Row(one.name, [_grade(folder, one, each, scenarios) for each in exercises]) for one in handed_in]


def _grade(
    folder: RunFolder | None, submission: Submission, exercise: Exercise, scenarios: Mapping[str, Scenario]
) -> Grade:
    if submission.client is None:
        return Grade(exercise.name, submission.outcome, f"{submission.fault}\n", submission.fault)
    if folder is None:
        return Grade(exercise.name, LAB_ERROR, f"{NOT_GRADED}\n", NOT_GRADED)
    view = _view(folder, submission.client, exercise, scenarios)
    cells = view.run["cells"]
    reached = [*goals(exercise, cells), *_missing(exercise, cells)]
    outcome, text = _outcome(cells, reached), progress(exercise, reached, WIDTH)
    if outcome == PASSED:
        return Grade(exercise.name, outcome, text)
    why = explanations(view)
    # Only the folder's name: it is beside the page, and a student need not know where the teacher has it.
    told = Checked(view.run, view.path.name, why, [], (), WIDTH)
    advice = {cell["scenario"]: each.advice or each.fault for cell, each in zip(cells, why, strict=True) if each}
    return Grade(exercise.name, outcome, told.first() + text, _mend(exercise, reached, advice))


def _missing(exercise: Exercise, cells: Sequence[dict[str, Any]]) -> Iterator[Goal]:
    """What the lab had not come to when it was stopped."""
    there = {cell["scenario"] for cell in cells}
    for name in exercise.scenarios:
        if name not in there:
            yield Goal(name, False, NOT_GRADED)


def _mend(exercise: Exercise, reached: Sequence[Goal], advice: Mapping[str, str]) -> str:
    """The first goal that was tried and not reached, and what to do, in one line; "" if none was tried."""
    first = next((goal for goal in reached if not goal.reached and LEFT_OUT not in goal.seen), None)
    if first is None:
        return ""
    do = first.hint or advice.get(first.what, "")
    return printable(f"{exercise.name}, {first.what}: {first.seen}. {do}".strip())


def _view(folder: RunFolder, client: Client, exercise: Exercise, scenarios: Mapping[str, Scenario]) -> RunFolder:
    """The run as it would be with this client and this exercise alone."""
    own = {cell["scenario"]: cell for cell in folder.run["cells"] if cell["client"] == client.name}
    expected = replace(client, traits=replace(UNDECLARED, **exercise.expect))
    cells = [_again(folder, own[name], expected, scenarios[name]) for name in exercise.scenarios if name in own]
    options = {**folder.run["options"], OPTION: dict(exercise.expect)}
    clients = [record for record in folder.run["clients"] if record["name"] == client.name]
    return replace(folder, run={**folder.run, "clients": clients, "cells": cells, "options": options})


def _again(folder: RunFolder, cell: dict[str, Any], client: Client, scenario: Scenario) -> dict[str, Any]:
    """The cell as judged by the traits of this client; most verdicts do not depend on traits."""
    if cell["verdict"] == "lab-error" and own_doing(cell):
        code = STOPPED.get(cell["stopped"], cell["stopped"])
        return {**cell, "verdict": BY_CODE[code].verdict, "reason": {"code": code, "sentence": DID_NOT_END}}
    by_traits = (cell["verdict"] == "pass" and not cell["expected"]) or cell["reason"]["code"] == "starved"
    if not by_traits or cell["evidence"] is None:
        return cell
    place = (folder.path / cell["evidence"]["transcript"]).parent
    evidence = read_evidence(place, scenario, recording_of(cell))
    return {**cell, **judge(client, evidence, folder.run["options"]["late_budget_ms"]).record()}


def _outcome(cells: Sequence[dict[str, Any]], reached: Sequence[Goal]) -> str:
    """A fault of the lab is no failure; but one that the client has is a failure, whatever else there is."""
    if any(map(_is_failure, cells)):
        return FAILED
    if any(cell["verdict"] != "pass" for cell in cells) or any(goal.seen == NOT_GRADED for goal in reached):
        return LAB_ERROR
    return PASSED if all(goal.reached for goal in reached) else FAILED


def _is_failure(cell: dict[str, Any]) -> bool:
    return cell["verdict"] in OF_CLIENT or cell["reason"]["code"] in (LEFT_OUT, SEQUENTIAL)
