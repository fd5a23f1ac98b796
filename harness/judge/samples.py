"""Statistics of small samples, without assumptions on how the values are distributed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from itertools import accumulate

import numpy as np

CONFIDENCE = 0.95
EXACT = 60  # values of both samples together; with more, the normal approximation is as good


def median_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """An interval that holds the median of where the values come from, in at least 95 of 100 samples.

    It lies between two of the values, equally far from both ends; None for fewer than 6 values, because no two of them
    are far enough apart.  Source: W. R. Thompson, "On confidence ranges for the median", 1936.
    """
    n = len(values)
    # If the median lies below the k-th value, fewer than k of n values are below it: as heads of a fair coin.
    tails = accumulate(math.comb(n, heads) / 2**n for heads in range(n))
    k = sum(tail <= (1 - CONFIDENCE) / 2 for tail in tails)
    ordered = sorted(values)
    return (ordered[k - 1], ordered[n - k]) if k else None


def shift(a: Sequence[float], b: Sequence[float]) -> float:
    """How much larger `b` is than `a`: the median of all differences of a value of `b` and a value of `a`.

    Source: J. L. Hodges and E. L. Lehmann, "Estimates of location based on rank tests", 1963.
    """
    return statistics.median(later - before for before in a for later in b)


def rank_sum(a: Sequence[float], b: Sequence[float]) -> float:
    """How probable a difference as large as that of `a` and `b` is, in either direction, if both are alike.

    The two-sided p of the rank-sum test, exact up to EXACT values, with mean ranks for equal values.  Source:
    F. Wilcoxon, "Individual comparisons by ranking methods", 1945.
    """
    pooled = np.array([*a, *b])
    ordered = np.sort(pooled)
    # Twice the mean rank of each value, which is a whole number.
    ranks = np.searchsorted(ordered, pooled, "left") + np.searchsorted(ordered, pooled, "right") + 1
    found, expected = int(ranks[: len(a)].sum()), len(a) * (len(pooled) + 1)
    if len(pooled) > EXACT:
        spread = math.sqrt(len(a) * len(b) / len(pooled) * float(np.var(ranks, ddof=1)))
        return math.erfc(abs(found - expected) / spread / math.sqrt(2)) if spread else 1.0
    # ways[k, s]: how many choices of k values have ranks that add up to s
    ways = np.zeros((len(a) + 1, int(ranks.sum()) + 1))
    ways[0, 0] = 1
    for rank in ranks.tolist():
        ways[1:, rank:] += ways[:-1, : ways.shape[1] - rank].copy()
    far = np.abs(np.arange(ways.shape[1]) - expected) >= abs(found - expected)
    return float(ways[-1, far].sum() / ways[-1].sum())


def least_p(n: int, m: int) -> float:
    """The least p that `rank_sum` can have for samples of these sizes."""
    return 2 / math.comb(n + m, n)


def holm(ps: Sequence[float], alpha: float = 1 - CONFIDENCE) -> list[bool]:
    """Which of many tests are significant, so that in 95 of 100 comparisons without any difference none is.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", 1979.
    """
    significant = [False] * len(ps)
    for tested, index in enumerate(sorted(range(len(ps)), key=lambda index: ps[index])):
        if ps[index] > alpha / (len(ps) - tested):
            break
        significant[index] = True
    return significant
