"""Kendall's tau against its definition, and the other figures of an interleaving."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from harness.judge.interleaving import EPSILON, agreement, switch_ratio, switches
from harness.record.sightings import Sightings

Row = tuple[int, float, float]  # task, sent, seen


def columns(rows: list[Row]) -> Sightings:
    tasks, sent, seen = np.array(rows).T if rows else np.empty((3, 0))
    return Sightings(tasks.astype(int), np.ones(len(tasks), int), sent, seen)


def by_definition(rows: list[Row], epsilon: float) -> tuple[float | None, int]:
    """Tau over all pairs, each looked at by itself."""
    score = pairs = 0
    for (task, sent, _), (other, later, _) in itertools.combinations(sorted(rows, key=lambda row: row[2]), 2):
        if task != other and abs(sent - later) > epsilon:
            pairs += 1
            score += 1 if sent < later else -1
    return (score / pairs if pairs else None), pairs


def drawn(rng: random.Random) -> list[Row]:
    """Each task's reports in the order sent, as they always are; times on a coarse grid, so that many are equal."""
    found = []
    for task in range(1, rng.randrange(2, 6)):
        count = rng.randrange(12)
        sent = sorted(rng.randrange(20) / 128 for _ in range(count))
        seen = sorted(rng.randrange(20) / 128 for _ in range(count))
        found += [(task, *times) for times in zip(sent, seen, strict=True)]
    rng.shuffle(found)
    return sorted(found, key=lambda row: (row[2], row[0], row[1]))


@pytest.mark.parametrize("epsilon", [0.0, 1 / 128, 3 / 128, EPSILON, 1.0])
def test_agreement_is_kendalls_tau_of_the_pairs_that_count(epsilon):
    rng = random.Random(7)
    for _ in range(200):
        rows = drawn(rng)
        tau, pairs = agreement(columns(rows), epsilon)
        expected, expected_pairs = by_definition(rows, epsilon)
        assert pairs == expected_pairs
        assert tau == (None if expected is None else pytest.approx(expected))


def seen_as(sent: list[tuple[int, float]]) -> Sightings:
    return columns([(task, at, seen) for seen, (task, at) in enumerate(sent)])


def test_the_order_sent_is_one_and_its_reverse_minus_one():
    sent = [(task, 0.1 * task) for task in range(9)]
    assert agreement(seen_as(sent)) == (1.0, 36)
    assert agreement(seen_as(sent[::-1])) == (-1.0, 36)


def test_sends_within_epsilon_and_sends_of_one_task_do_not_count():
    assert agreement(seen_as([(1, 0.004), (2, 0.0)])) == (None, 0)
    assert agreement(seen_as([(1, 0.006), (2, 0.0)])) == (-1.0, 1)
    assert agreement(seen_as([(1, 0.0), (1, 1.0)])) == (None, 0)
    assert agreement(seen_as([])) == (None, 0)


def test_the_order_of_the_list_does_not_matter_but_the_times_seen_do():
    rows = [(task, 0.1 * task, float(task)) for task in range(9)]
    assert agreement(columns(rows[::-1])) == (1.0, 36)


def test_neighbours_of_different_tasks_are_switches():
    assert switches([]) == switches([1]) == switches([1, 1, 1]) == 0
    assert switches([1, 2, 2, 1]) == 2


def test_the_switch_ratio_is_one_for_the_order_sent_and_less_for_blocks():
    sent = [(task, at / 10) for at, task in enumerate([1, 2, 1, 2, 1, 2])]
    assert switch_ratio(seen_as(sent)) == 1.0
    assert switch_ratio(seen_as(sorted(sent))) == pytest.approx(1 / 5)


def test_there_is_no_switch_ratio_where_nothing_was_switched():
    assert switch_ratio(seen_as([])) is None
    assert switch_ratio(seen_as([(1, 0.0), (1, 1.0)])) is None
