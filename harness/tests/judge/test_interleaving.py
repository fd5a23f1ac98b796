"""Kendall's tau against its definition, and the other figures of an interleaving."""

from __future__ import annotations

import itertools
import random

import pytest

from harness.judge.interleaving import EPSILON, agreement, likeness, switch_ratio, switches
from harness.record.evidence import Sighting


def by_definition(sightings: list[Sighting], epsilon: float) -> tuple[float | None, int]:
    """Tau over all pairs, each looked at by itself."""
    score = pairs = 0
    for first, then in itertools.combinations(sorted(sightings, key=lambda s: s.seen), 2):
        if first.task != then.task and abs(first.sent - then.sent) > epsilon:
            pairs += 1
            score += 1 if first.sent < then.sent else -1
    return (score / pairs if pairs else None), pairs


def drawn(rng: random.Random) -> list[Sighting]:
    """Each task's reports in the order sent, as they always are; times on a coarse grid, so that many are equal."""
    found = []
    for task in range(1, rng.randrange(2, 6)):
        count = rng.randrange(12)
        sent = sorted(rng.randrange(20) / 128 for _ in range(count))
        seen = sorted(rng.randrange(20) / 128 for _ in range(count))
        found += [Sighting(task, *times) for times in zip(sent, seen, strict=True)]
    rng.shuffle(found)
    return sorted(found, key=lambda s: (s.seen, s.task, s.sent))


@pytest.mark.parametrize("epsilon", [0.0, 1 / 128, 3 / 128, EPSILON, 1.0])
def test_agreement_is_kendalls_tau_of_the_pairs_that_count(epsilon):
    rng = random.Random(7)
    for _ in range(200):
        sightings = drawn(rng)
        tau, pairs = agreement(sightings, epsilon)
        expected, expected_pairs = by_definition(sightings, epsilon)
        assert pairs == expected_pairs
        assert tau == (None if expected is None else pytest.approx(expected))


def seen_as(sent: list[tuple[int, float]]) -> list[Sighting]:
    return [Sighting(task, at, seen) for seen, (task, at) in enumerate(sent)]


def test_the_order_sent_is_one_and_its_reverse_minus_one():
    sent = [(task, 0.1 * task) for task in range(9)]
    assert agreement(seen_as(sent)) == (1.0, 36)
    assert agreement(seen_as(sent[::-1])) == (-1.0, 36)


def test_sends_within_epsilon_and_sends_of_one_task_do_not_count():
    assert agreement(seen_as([(1, 0.004), (2, 0.0)])) == (None, 0)
    assert agreement(seen_as([(1, 0.006), (2, 0.0)])) == (-1.0, 1)
    assert agreement(seen_as([(1, 0.0), (1, 1.0)])) == (None, 0)
    assert agreement([]) == (None, 0)


def test_the_order_of_the_list_does_not_matter_but_the_times_seen_do():
    sightings = seen_as([(task, 0.1 * task) for task in range(9)])
    assert agreement(sightings[::-1]) == (1.0, 36)


def test_neighbours_of_different_tasks_are_switches():
    assert switches([]) == switches([1]) == switches([1, 1, 1]) == 0
    assert switches([1, 2, 2, 1]) == 2


def test_the_switch_ratio_is_one_for_the_order_sent_and_less_for_blocks():
    sent = [(task, at / 10) for at, task in enumerate([1, 2, 1, 2, 1, 2])]
    assert switch_ratio(seen_as(sent)) == 1.0
    assert switch_ratio(seen_as(sorted(sent))) == pytest.approx(1 / 5)


def test_there_is_no_switch_ratio_where_nothing_was_switched():
    assert switch_ratio([]) is None
    assert switch_ratio(seen_as([(1, 0.0), (1, 1.0)])) is None


@pytest.mark.parametrize(
    ("a", "b", "value"),
    [
        ([1, 2, 3], [1, 2, 3], 1.0),
        ([1, 2, 3, 4], [1, 2, 4], 0.75),
        ([1, 1], [2, 2], 0.0),
        ([1, 2], [1, 2, 1, 2], 0.5),
        ([], [1], 0.0),
        ([], [], 1.0),
    ],
)
def test_likeness_is_one_less_the_share_of_labels_to_be_edited(a, b, value):
    assert likeness(a, b) == likeness(b, a) == pytest.approx(value)
