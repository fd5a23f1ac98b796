"""How a run treats a client that spoils its cells: the matrix, with made-up outcomes instead of workers."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from evidence_maker import TRIO, client

from harness.backend import Ready, Unready
from harness.compare.besides import Besides
from harness.compare.matrix import Matrix
from harness.compare.policy import Policy
from harness.compare.waiting import Waiting
from harness.compare.worker import Cell, Shared
from harness.errors import SIGNALS, Interrupted, LabError
from harness.record.run_folder import RunFolder
from harness.spec.server_program import REFERENCE, discover

NAMES = ("one", "two", "three", "four", "five")
Outcome = Callable[[Cell, int], dict[str, Any]]
STOPPED = {"verdict": "lab-error", "stopped": "timeout", "attempt": 1}


class OneAfterAnother:
    """A pool with one worker that has the outcome at once."""

    width = 1

    def __init__(self, outcome: Outcome) -> None:
        self.ran: list[tuple[str, int]] = []
        self._outcome = outcome

    def submit(self, function: object, cell: Cell, attempt: int, needs: object = ()) -> Future[Any]:
        future = Future[Any]()
        self.ran.append((cell.scenario, attempt))
        try:
            future.set_result(record(cell, **{**self._outcome(cell, attempt), "attempt": attempt}))
        except LabError as error:
            future.set_exception(error)
        return future

    def no_more(self) -> None:
        """It has no servers."""


def record(cell: Cell, **more: Any) -> dict[str, Any]:
    reason = {"code": "any", "sentence": "any"}
    told = {"verdict": "pass", "expected": True, "reason": reason, "stopped": None}
    return {**cell.record(), **told, "evidence": None, **more}


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """A signal that ends a run leaves it ignored; the tests after that need the handlers again."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Callable[..., tuple[OneAfterAnother, dict[str, str]]]]:
    """A function that plays five scenarios with one client; returns the pool, and the verdicts by scenario."""

    def run(outcome: Outcome, besides: Besides) -> tuple[OneAfterAnother, dict[str, str]]:
        who = client()
        folder, scenarios = RunFolder.create(tmp_path, "run"), {name: replace(TRIO, name=name) for name in NAMES}
        programs = {REFERENCE: discover()[REFERENCE]}
        shared = Shared("local", "label", Ready(), folder, {who.name: who}, scenarios, programs, {}, 20.0)
        cells, pool = [Cell(REFERENCE, who.name, name, 1) for name in NAMES], OneAfterAnother(outcome)
        with Waiting() as waiting:
            matrix = Matrix(shared, pool, waiting, cells, 1, lambda line: None, lambda progress: None, besides)
            matrix.play({})
        matrix.save()
        return pool, {cell["scenario"]: cell["verdict"] for cell in folder.run["cells"]}

    yield run


def stopped(cells: Any, least: int = 1) -> int:
    return sum(bool(cell.get("stopped")) and cell["attempt"] >= least for cell in cells)


class TryAlone(Policy):
    """Lets a client that was stopped twice wait, and leaves it out if it is stopped again."""

    def postpone(self, cells: Any) -> bool:
        return stopped(cells) >= 2 and not any(cell["verdict"] == "pass" for cell in cells)

    def hopeless(self, cells: Any) -> Unready | None:
        return Unready("skipped", "left-out", "it does not end") if stopped(cells, least=2) >= 2 else None


def test_a_client_that_was_held_up_is_tried_alone_and_then_runs_everywhere(play: Any) -> None:
    pool, verdicts = play(lambda cell, attempt: {} if attempt > 1 else STOPPED, Besides(policy=TryAlone()))
    assert pool.ran[:4] == [(name, 1) for name in NAMES[:2]] + [(name, 2) for name in NAMES[:2]]
    assert set(verdicts.values()) == {"pass"} and len(verdicts) == 5
    assert {name for name, _ in pool.ran} == set(NAMES)


def test_a_client_that_is_stopped_alone_is_left_out_of_the_rest(play: Any) -> None:
    pool, verdicts = play(lambda cell, attempt: STOPPED, Besides(policy=TryAlone()))
    assert pool.ran == [("one", 1), ("two", 1), ("one", 2), ("two", 2)]
    assert [verdicts[name] for name in NAMES] == ["lab-error", "lab-error", "skipped", "skipped", "skipped"]


def test_an_error_of_the_engine_ends_a_run_or_only_the_cell(play: Any, tmp_path: Path) -> None:
    def fail(cell: Cell, attempt: int) -> dict[str, Any]:
        if cell.scenario == "two":
            raise LabError("the engine failed")
        return {}

    pool, verdicts = play(fail, Besides(go_on=True))
    assert verdicts == {**dict.fromkeys(NAMES, "pass"), "two": "lab-error"}
    assert [attempt for name, attempt in pool.ran if name == "two"] == [1, 2, 3]
    (tmp_path / "run").rename(tmp_path / "before")
    with pytest.raises(LabError, match="the engine failed"):
        play(fail, Besides())


def test_a_signal_while_work_is_handed_out_ends_the_run_once_that_is_done(play: Any, tmp_path: Path) -> None:
    handed_out = []

    def strike(cell: Cell, attempt: int) -> dict[str, Any]:
        if cell.scenario == "three":
            signal.raise_signal(signal.SIGTERM)
        handed_out.append(cell.scenario)
        return {}

    with pytest.raises(Interrupted):
        play(strike, Besides())
    assert handed_out == ["one", "two", "three"]
