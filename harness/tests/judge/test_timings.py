"""The timings over the rounds of a run, and those that differ between two runs."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from evidence_maker import TRIO, cell, client, evidence, not_run

from harness.judge.timings import timing_differences, timings

ONE = cell(client(name="a"), evidence(TRIO))
CLIENTS = [f"client-{number}" for number in range(7)]


def rounds(times: list[float], **changes: Any) -> list[dict[str, Any]]:
    return [
        {**ONE, "round": number, "metrics": {**ONE["metrics"], "time": value}, **changes}
        for number, value in enumerate(times, 1)
    ]


def of_time(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [found for found in timings({"cells": cells}) if found["figure"] == "time"]


def test_the_samples_of_all_rounds_are_kept_with_their_median_and_its_interval():
    times = [1.04, 1.01, 1.03, 1.02, 1.09, 1.05]
    place = {"server": "twisted", "scenario": "made", "client": "a", "figure": "time"}
    assert of_time(rounds(times)[::-1]) == [
        {**place, "n": 6, "median": 1.035, "low": 1.01, "high": 1.09, "samples": times}
    ]


def test_fewer_than_six_rounds_have_no_interval_and_one_has_no_entry():
    [found] = of_time(rounds([1.0, 1.2, 1.1, 1.3, 1.4]))
    assert (found["median"], found["low"], found["high"]) == (1.2, None, None)
    assert of_time(rounds([1.0])) == []


def test_each_figure_has_an_entry():
    assert [found["figure"] for found in timings({"cells": rounds([1.0, 1.1])})] == ["time", "lag_ms", "startup_s"]
    with_cost = {**ONE["metrics"], "cpu_s": 0.3}
    cells = rounds([1.0, 1.1], metrics=with_cost)
    assert [found["figure"] for found in timings({"cells": cells})] == ["time", "lag_ms", "startup_s", "cpu_s"]


def test_rounds_without_a_timing_do_not_count():
    lost = not_run(client(name="a"), TRIO, "skipped", "any")
    wrong = cell(client(name="a"), evidence(TRIO, stdout=[]))
    late = rounds([9.0], verdict="lab-error")
    [found] = of_time([*rounds([1.0, 1.1]), lost, wrong, *late])
    assert found["samples"] == [1.0, 1.1]


Draw = Callable[[str], float]


def whole_run(count: int, draw: Draw) -> list[dict[str, Any]]:
    cells = []
    for name in CLIENTS:
        for each in rounds([draw(name) for _ in range(count)], client=name):
            each["metrics"] = {**each["metrics"], "lag_ms": {"p50": draw(name)}, "startup_s": draw(name)}
            cells.append(each)
    return cells


@pytest.mark.parametrize("count", [9, 15, 40])
def test_two_runs_of_the_same_are_silent_in_19_of_20_comparisons(count):
    rng = random.Random(count)

    def noise(name: str) -> float:
        return 1 + rng.lognormvariate(0, 1) / 50  # timings have a long tail

    loud = 0
    for _ in range(100):
        found = timing_differences(whole_run(count, noise), whole_run(count, noise))
        assert (found.compared, found.needed) == (21, 0)
        loud += bool(found.found)
    assert loud <= 5


def test_a_client_that_became_slower_is_found_and_no_other():
    rng = random.Random(1)
    before = whole_run(12, lambda name: rng.gauss(1, 0.01))
    after = whole_run(12, lambda name: rng.gauss(1.05 if name == CLIENTS[3] else 1, 0.01))
    found = timing_differences(before, after).found
    assert [key for key, *_ in found] == [
        ("made", CLIENTS[3], "twisted", figure) for figure in ("time", "lag_ms", "startup_s")
    ]
    assert all(p < 0.001 for *_, p in found)


def delayed(cells: list[dict[str, Any]], factor: float) -> list[dict[str, Any]]:
    """The same on a machine where all that takes time takes `factor` times as long."""

    def slow(metrics: dict[str, Any]) -> dict[str, Any]:
        lag = {"p50": metrics["lag_ms"]["p50"] * factor}
        time = 1 + (metrics["time"] - 1) * factor
        return {**metrics, "lag_ms": lag, "time": time, "startup_s": metrics["startup_s"] * factor}

    return [{**each, "metrics": slow(each["metrics"])} for each in cells]


def test_a_machine_that_became_slower_is_no_difference_of_its_clients():
    rng = random.Random(2)
    before, after = (whole_run(15, lambda name: rng.gauss(1.5, 0.02)) for _ in range(2))
    found = timing_differences(before, delayed(after, 1.3))
    assert found.found == []
    assert found.together == {"time": pytest.approx(1.3, 0.05), "lag_ms": pytest.approx(1.3, 0.02),
                              "startup_s": pytest.approx(1.3, 0.02), "cpu_s": 1.0}  # fmt: skip


def test_a_client_that_became_slower_is_found_on_a_machine_that_became_faster():
    rng = random.Random(3)
    before = whole_run(12, lambda name: rng.gauss(1.5, 0.01))
    after = whole_run(12, lambda name: rng.gauss(1.6 if name == CLIENTS[3] else 1.5, 0.01))
    found = timing_differences(before, delayed(after, 0.8)).found
    assert {key[1] for key, *_ in found} == {CLIENTS[3]}


@pytest.mark.parametrize(("clients", "named", "common"), [(3, 9, False), (4, 0, True)])
def test_fewer_than_three_others_are_no_measure_of_the_machine(clients, named, common):
    rng = random.Random(1)
    before, after = (whole_run(12, lambda name: rng.gauss(1.5, 0.01))[: 12 * clients] for _ in range(2))
    found = timing_differences(before, delayed(after, 1.5))
    assert (len(found.found), bool(found.together)) == (named, common)


def test_too_few_rounds_are_told_with_the_number_that_is_enough():
    flat = iter(range(10**6))
    before, after = (whole_run(3, lambda name: float(next(flat))) for _ in range(2))
    found = timing_differences(before, after)
    assert (found.found, found.needed) == ([], 9)
    assert timing_differences(whole_run(9, lambda name: 1.0), whole_run(9, lambda name: 1.0)).needed == 0


def test_single_rounds_are_not_compared():
    assert timing_differences(rounds([1.0]), rounds([1.0, 2.0])).compared == 0


def test_only_what_both_runs_measured_is_compared():
    one, other = rounds([1.0, 1.1], client="a"), rounds([1.0, 1.1], client="b")
    assert timing_differences(one, other).compared == 0
    assert timing_differences([*one, *other], other).compared == 3
