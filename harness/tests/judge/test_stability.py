"""Unstable clients: how the rounds of a run agree, by made cells and by a client that fails every second time."""

from __future__ import annotations

import itertools
import json
import shutil
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from evidence_maker import client
from lab_process import WRONG, lab

from harness.judge.replay import replay
from harness.judge.stability import stability, unstable
from harness.report.junit import junit
from harness.report.page import page
from harness.report.recorded import read_recorded
from harness.report.summary import summary
from harness.spec.client import ANY

DECLARED = "as-declared"
OPEN = client(connects=ANY, grain=ANY, delivery=ANY, order=ANY, flush=ANY)


def cell(
    verdict: str = "pass", code: str = DECLARED, expected: bool | None = None, **axes: list[str]
) -> dict[str, Any]:
    as_declared = code == DECLARED if expected is None else expected
    place = {"server": "twisted", "scenario": "trio", "client": "made"}
    return {**place, "verdict": verdict, "reason": {"code": code}, "expected": as_declared, "axes": axes}


def found_of(*cells: dict[str, Any], who: Any = None) -> list[dict[str, Any]]:
    clients = [replace(who or client(), name=name).record() for name in ("made", "another")]
    return stability({"cells": cells, "clients": clients})


def agreement(*cells: dict[str, Any], who: Any = None) -> tuple[int, int, str | None]:
    [found] = found_of(*cells, who=who)
    assert found["rate"] == round(found["otherwise"] / found["rounds"], 4)
    return found["otherwise"], found["rounds"], found["sentence"]


def test_rounds_that_come_out_alike_are_stable_however_they_come_out():
    assert agreement(cell(), cell(), cell()) == (0, 3, None)
    assert agreement(*[cell("fail", "exit-lies")] * 2) == (0, 2, None)


def test_of_one_round_there_is_nothing_to_say():
    assert found_of(cell()) == []


def test_rounds_that_failed_are_counted_though_they_are_the_more():
    lost = cell("fail", "others-lost")
    assert agreement(lost, cell(), lost) == (2, 3, "pass in 1 of 3 rounds, fail (others-lost) in 2")


def test_every_way_of_failing_is_named():
    rounds = [
        cell(),
        cell("crash", "died-by-signal"),
        cell(),
        cell("fail", "exit-lies"),
        cell("crash", "died-by-signal"),
    ]
    sentence = "pass in 2 of 5 rounds, crash (died-by-signal) in 2, fail (exit-lies) in 1"
    assert agreement(*rounds) == (3, 5, sentence)


def test_a_failure_that_changes_is_unstable_though_it_never_passes():
    rounds = [cell("fail", "exit-lies"), cell("fail", "others-lost"), cell("fail", "exit-lies")]
    assert agreement(*rounds) == (1, 3, "fail (exit-lies) in 2 of 3 rounds, fail (others-lost) in 1")


def test_two_known_failures_that_take_turns_are_unstable_though_both_are_as_declared():
    rounds = [cell("fail", code, expected=True) for code in ("exit-lies", "others-lost", "exit-lies")]
    assert agreement(*rounds)[:2] == (1, 3)


def test_a_known_failure_that_sometimes_passes_is_unstable():
    rounds = [cell("fail", "exit-lies", expected=True), cell("pass", "known-failure-passes")]
    sentence = "fail (exit-lies) in 1 of 2 rounds, pass (known-failure-passes) in 1"
    assert agreement(*rounds) == (1, 2, sentence)


def test_a_trait_that_changes_within_one_outcome_is_unstable():
    rounds = [cell("fail", "exit-lies", grain=[value]) for value in ("read", "line", "read")]
    assert agreement(*rounds) == (1, 3, "fail (exit-lies) in 3 of 3 rounds, grain other than 'read' in 1")


def test_a_round_that_leaves_a_trait_open_agrees_with_any_value():
    rounds = [cell(grain=["read", "line"]), cell(grain=["read"]), cell(grain=[]), cell()]
    assert agreement(*rounds) == (0, 4, None)


def test_a_trait_that_the_manifest_leaves_open_may_change():
    assert agreement(cell(order=["arguments"]), cell(order=["completion"]), who=OPEN) == (0, 2, None)
    assert agreement(cell(order=["arguments"]), cell(order=["completion"]))[0] == 1


def test_a_fault_of_the_lab_says_nothing_of_the_client():
    assert agreement(cell(), cell("lab-error", "servers-late"), cell()) == (0, 2, None)
    assert found_of(cell(), cell("lab-error", "servers-late")) == []


@pytest.mark.parametrize("key", ["server", "scenario", "client"])
def test_each_client_in_each_scenario_on_each_server_is_for_itself(key):
    other = {**cell("fail", "exit-lies"), key: "another"}
    assert [found["sentence"] for found in found_of(cell(), other, cell(), other)] == [None, None]


def test_the_order_of_the_rounds_does_not_matter():
    rounds = [
        cell(),
        cell("fail", "exit-lies"),
        cell("fail", "others-lost"),
        cell(grain=["line"]),
        cell(grain=["read"]),
    ]
    assert {agreement(*order)[:2] for order in itertools.permutations(rounds)} == {(3, 5)}


@pytest.fixture(scope="module")
def flaky(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, Path]:
    """A run of five rounds in which every second one fails: its status, its table and its folder."""
    for _ in range(4):
        status, table, run = _five_rounds(tmp_path_factory.mktemp("flaky"))
        # The client counts its starts, so a cell that a busy machine made the lab repeat leaves nothing to say.
        if all(cell["attempt"] == 1 for cell in json.loads((run / "run.json").read_text("utf-8"))["cells"]):
            break
    return status, table, run


def _five_rounds(folder: Path) -> tuple[int, str, Path]:
    brought = shutil.copytree(WRONG / "flaky", folder / "flaky")
    options = ("--scenarios", "one-down", "--backend", "local", "--rounds", 5, "--out", folder / "runs")
    # No cell is to be run twice or beside another one: the client counts how often it was started.
    options += ("--pace", 0.3, "--late-budget", 60_000, "--no-install", "--jobs", 1)
    ended = lab("compare", "--client", brought, *options)
    [run] = (folder / "runs").iterdir()
    return ended.status, ended.stdout, run


SENTENCE = "pass in 3 of 5 rounds, fail (others-lost) in 2"


def test_a_flaky_client_is_named_in_the_table_and_turns_the_status(flaky):
    status, table, _ = flaky
    assert status == 1
    assert "\n  flaky  unstable 2/5! " in table
    assert f"UNSTABLE one-down · flaky: {SENTENCE}; flake rate 40%." in " ".join(table.split())


def test_its_rate_stands_in_the_record_and_a_replay_finds_the_same(flaky):
    _, _, run = flaky
    replayed = lab("compare", "--replay", run, "--json")
    assert (replayed.status, replayed.stdout) == (1, (run / "run.json").read_text("utf-8"))
    place = {"server": "twisted", "scenario": "one-down", "client": "flaky"}
    assert replayed.run["stability"] == [{**place, "rounds": 5, "otherwise": 2, "rate": 0.4, "sentence": SENTENCE}]


def test_the_reports_name_it(flaky):
    _, _, run = flaky
    recorded = read_recorded(run)
    html = page(recorded)
    assert "unstable 2/5</td>" in html and f"unstable: {SENTENCE}" in html
    assert "fail 2/5 **unexpected** **unstable** |" in summary(recorded)
    suites = ElementTree.fromstring(junit(recorded))
    assert [said.text for said in suites.iter("system-out")] == [f"unstable: {SENTENCE}"] * 5


def test_a_run_that_was_stopped_is_judged_by_the_rounds_that_were_finished(flaky, tmp_path):
    _, _, run = flaky
    half = Path(shutil.copytree(run, tmp_path / "run"))
    record = json.loads((half / "run.json").read_text("utf-8"))
    del record["stability"]
    record.update(status=None, cells=record["cells"][:3])
    (half / "run.json").write_text(json.dumps(record), "utf-8")
    [found] = replay(half, lambda line: None).run["stability"]
    assert (found["otherwise"], found["rounds"]) == (1, 3)


def test_only_an_unstable_client_is_called_so():
    run = {"stability": found_of(cell(), cell("fail", "exit-lies"), cell())}
    assert unstable(run, cell()) == run["stability"][0]
    assert unstable(run, {**cell(), "scenario": "burst"}) is None
    assert unstable({"stability": found_of(cell(), cell())}, cell()) is None
    assert unstable({}, cell()) is None
