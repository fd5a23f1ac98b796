"""The statistics of small samples, against their definitions."""

from __future__ import annotations

import itertools
import random
import statistics

import pytest

from harness.judge import samples
from harness.judge.samples import EXACT, holm, least_p, median_interval, rank_sum, shift


@pytest.mark.parametrize(
    ("n", "ends"), [(2, None), (5, None), (6, (0, 5)), (8, (0, 7)), (9, (1, 7)), (20, (5, 14)), (100, (39, 60))]
)
def test_the_interval_of_a_median_lies_between_two_of_the_values(n, ends):
    # The ends are those of the published tables of the sign test.
    values = [float(value) for value in range(n)]
    random.Random(n).shuffle(values)
    assert median_interval(values) == ends


def test_the_interval_holds_the_median_in_95_of_100_samples():
    rng = random.Random(5)
    for n in (6, 9, 15):
        held = 0
        for _ in range(2000):
            low, high = median_interval([rng.lognormvariate(0, 1) for _ in range(n)]) or (0, 0)
            held += low <= 1.0 <= high
        assert held >= 1900


def by_definition(a: list[float], b: list[float]) -> float:
    """All ways in which the values could have been shared out, each looked at by itself."""
    pooled = [*a, *b]
    ranks = [sum(x < y for x in pooled) + (1 + sum(x == y for x in pooled)) / 2 for y in pooled]
    expected = len(a) * (len(pooled) + 1) / 2
    found = abs(sum(ranks[: len(a)]) - expected)
    sums = [abs(sum(chosen) - expected) for chosen in itertools.combinations(ranks, len(a))]
    return sum(far >= found for far in sums) / len(sums)


def test_the_rank_sum_test_counts_all_ways_to_share_out_the_values():
    rng = random.Random(2)
    for _ in range(60):
        a, b = ([rng.randrange(8) / 4 for _ in range(rng.randrange(1, 7))] for _ in range(2))
        assert rank_sum(a, b) == pytest.approx(by_definition(a, b))
        assert rank_sum(a, b) == pytest.approx(rank_sum(b, a))


def test_samples_that_do_not_overlap_have_the_least_p():
    for n, m in [(2, 2), (5, 3), (7, 7), (10, 10)]:
        assert rank_sum(list(range(n)), list(range(100, 100 + m))) == pytest.approx(least_p(n, m))
    assert rank_sum([1.0] * 5, [1.0] * 5) == rank_sum([1.0] * 50, [1.0] * 50) == 1.0


def test_the_approximation_for_many_values_is_near_the_exact_p(monkeypatch):
    rng = random.Random(4)
    drawn = [[[rng.gauss(mean, 1) for _ in range(EXACT // 2)] for mean in (0, rng.random())] for _ in range(20)]
    exact = [rank_sum(a, b) for a, b in drawn]
    monkeypatch.setattr(samples, "EXACT", 0)
    assert [rank_sum(a, b) for a, b in drawn] == pytest.approx(exact, abs=0.01)


def test_the_shift_is_the_median_of_all_differences():
    a, b = [1.0, 2.0, 4.0], [3.0, 9.0]
    assert shift(a, b) == statistics.median([2, 8, 1, 7, -1, 5])
    assert shift(a, [value + 0.5 for value in a]) == 0.5


@pytest.mark.parametrize(
    ("ps", "significant"),
    [
        ([], []),
        ([0.05], [True]),
        ([0.051], [False]),
        ([0.03, 0.01, 0.04], [False, True, False]),
        ([0.02, 0.01, 0.04], [True, True, True]),
        ([0.06, 0.001], [False, True]),
    ],
)
def test_the_more_is_tested_the_smaller_a_p_must_be(ps, significant):
    assert holm(ps) == significant
