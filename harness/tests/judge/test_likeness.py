"""The likeness of interleavings: of two cells by their evidence, and over the cells of a run."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from evidence_maker import (
    LAG,
    PEAR,
    ROSE,
    START,
    TRIO,
    TYGER,
    client,
    evidence,
    in_turn,
    play,
    scenario,
    server,
    told,
)
from run_maker import recorded

from harness.judge import likeness as module
from harness.judge.likeness import Likenesses, View, likeness, likenesses, view
from harness.record.evidence import Evidence

HONEST = evidence(TRIO)
# Nine servers' schedules differ, and forty tasks are dealt to them: a small crowd.
CROWD = scenario(*(server(poem, 9, 0.05 + 0.01 * i) for i in range(3) for poem in (ROSE, TYGER, PEAR)), tasks=40)


def reported(made: Evidence, key: Callable[[bytes], Any]) -> Evidence:
    """The same servers, and a client that prints the same lines, at the same times, in this order."""
    lines = told(made)
    ordered = sorted((line for _, line in lines), key=key)
    return evidence(
        made.scenario, log=made.log, stderr=[(t, line) for (t, _), line in zip(lines, ordered, strict=True)]
    )


def task_of(line: bytes) -> int:
    return int(line.split(b":")[0].split()[1])


def shuffled(seed: int) -> Evidence:
    """An honest client whose connections were accepted in an order drawn at random, spread over a second."""
    rng = random.Random(seed)
    accepts = {task: START + rng.random() for task in range(1, len(CROWD.tasks) + 1)}
    return evidence(CROWD, log=play(CROWD, accepts))


def alike(a: Evidence, b: Evidence) -> float | None:
    value = likeness(view(a), view(b))
    assert value == likeness(view(b), view(a))
    return value


def by_definition(a: Evidence, b: Evidence) -> float:
    """All pairs of chunks, each looked at by itself."""

    def places(made: Evidence) -> Iterator[dict[tuple[int, int], tuple[float, int]]]:
        seen = made.sightings
        for task in range(1, len(made.scenario.tasks) + 1):
            own = [i for i in range(len(seen)) if seen.tasks[i] == task]
            end = 0
            for act in made.scenario.server(task).schedule:
                end += act.size
                cover = [i for i in own if seen.ends[i] >= end]
                if act.kind == "send" and cover:
                    first = min(cover, key=lambda i: seen.ends[i])
                    yield {(task, end): (seen.sent[first], first)}

    one, other = ({k: v for found in places(made) for k, v in found.items()} for made in (a, b))
    both = []
    for x in one.keys() & other.keys():
        for y in one.keys() & other.keys():
            sends = [places[y][0] - places[x][0] for places in (one, other)]
            if x[0] != y[0] and min(sends) > 0.005:
                both.append((one[y][1] > one[x][1]) == (other[y][1] > other[x][1]))
    return sum(both) / len(both)


def test_two_clients_that_report_in_the_order_sent_are_alike_however_their_schedules_differ():
    for seed in range(1, 6):
        assert alike(shuffled(seed), shuffled(seed + 1)) == 1.0


def test_a_client_that_reports_in_another_order_than_sent_is_not_alike():
    value = alike(shuffled(1), reported(shuffled(2), task_of))
    assert value is not None and 0.4 < value < 0.6  # what chance gives
    assert alike(HONEST, reported(HONEST, lambda line: -task_of(line))) < 0.7


def test_two_clients_that_reorder_in_the_same_way_are_alike():
    for key in (task_of, lambda line: -task_of(line)):
        assert alike(reported(shuffled(1), key), reported(shuffled(2), key)) == 1.0


@pytest.mark.parametrize("seed", range(4))
def test_likeness_is_the_share_of_the_common_pairs_that_were_seen_in_the_same_order(seed):
    rng = random.Random(seed)
    one, other = (reported(HONEST, lambda line: rng.random()) for _ in range(2))
    late = reported(evidence(TRIO, accepts={1: START, 2: START + 0.3, 3: START + 0.1}), task_of)
    for a, b in [(one, other), (one, late), (HONEST, other), (HONEST, late)]:
        assert alike(a, b) == pytest.approx(by_definition(a, b))


def test_turns_grain_and_flush_are_no_differences_of_order():
    for other in (
        evidence(TRIO, accepts=in_turn(TRIO)),
        evidence(TRIO, stderr=told(HONEST, "line")),
        evidence(TRIO, stderr=told(HONEST, "poem")),
        evidence(TRIO, stderr=[(HONEST.last_done + LAG, line) for _, line in told(HONEST)]),
    ):
        assert alike(HONEST, other) == 1.0


def test_reports_of_bytes_that_were_never_sent_do_not_count():
    one, *rest = told(HONEST)
    lying = evidence(TRIO, stderr=[one, (one[0], b"Task 1: got 999 bytes of poetry from a:1\n"), *rest])
    assert alike(HONEST, lying) == 1.0


def test_a_crowd_is_compared_by_pairs_drawn_at_random_and_always_the_same(monkeypatch):
    a, b = shuffled(1), reported(shuffled(2), task_of)
    exact = alike(a, b)
    monkeypatch.setattr(module, "MOST_PAIRS", 2000)
    module._pairs.cache_clear()
    assert alike(a, b) == alike(a, b) == pytest.approx(exact, abs=0.05)
    module._pairs.cache_clear()


def views(cells: list[tuple[str, Evidence, dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    collection = Likenesses()
    for name, made, changes in cells:
        cell = {"server": "twisted", "client": name, "scenario": "made", "round": 1, "verdict": "pass"}
        collection.add({**cell, "metrics": {"reports": 9}, "evidence": {"any": "where"}, **changes}, made)
    return collection.found()


OTHER = reported(HONEST, task_of)


def test_every_two_clients_of_a_scenario_are_compared_once():
    pairs = views([("a", HONEST, {}), ("b", HONEST, {}), ("c", OTHER, {})])["made"]
    assert [(pair["a"], pair["b"], pair["n"]) for pair in pairs] == [("a", "b", 1), ("a", "c", 1), ("b", "c", 1)]
    assert pairs[0]["likeness"] == 1.0 > pairs[1]["likeness"] == pairs[2]["likeness"]


def test_the_median_is_taken_over_the_rounds_that_both_were_run_in():
    cells = [("a", HONEST, {"round": number}) for number in (1, 2, 3, 4)]
    cells += [("b", made, {"round": number}) for number, made in enumerate([HONEST, OTHER, HONEST], 1)]
    assert views(cells) == {"made": [{"server": "twisted", "a": "a", "b": "b", "likeness": 1.0, "n": 3}]}


@pytest.mark.parametrize("apart", [{"scenario": "burst"}, {"server": "erlang"}, {"round": 2}])
def test_clients_that_did_not_meet_are_not_compared(apart):
    assert views([("a", HONEST, {}), ("b", HONEST, apart)]) == {}


@pytest.mark.parametrize("change", [{"verdict": "fail"}, {"evidence": None}, {"metrics": {"reports": 0}}])
def test_a_cell_that_failed_or_was_silent_or_not_run_is_left_out(change):
    assert views([("a", HONEST, {}), ("b", HONEST, change)]) == {}


def test_a_scenario_where_nothing_can_be_interleaved_is_left_out():
    alone = evidence(scenario(server(ROSE, 8, 0.1)))
    assert views([("a", alone, {}), ("b", alone, {})]) == {}


def test_a_runs_folder_gives_the_likenesses_of_its_evidence(tmp_path: Path):
    folder = recorded(tmp_path, (client(name="a"), HONEST), (client(name="b"), HONEST))
    assert likenesses(folder) == {"made": [{"server": "twisted", "a": "a", "b": "b", "likeness": 1.0, "n": 1}]}


def test_a_view_has_a_sign_for_each_pair_of_chunks_of_different_tasks():
    found = view(HONEST)
    assert isinstance(found, View) and len(found.sent) == len(found.seen)
    assert set(found.sent.tolist()) <= {-1, 0, 1} and (found.sent == found.seen)[found.sent != 0].all()
