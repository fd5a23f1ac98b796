"""Interleavings: in which order a client saw the chunks, against the order in which they were sent."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Hashable, Sequence

from rapidfuzz.distance import Levenshtein

from harness.record.evidence import Sighting

EPSILON = 0.005  # seconds: sends nearer together than this have no order worth the name


def agreement(sightings: Sequence[Sighting], epsilon: float = EPSILON) -> tuple[float | None, int]:
    """Kendall's tau between the order seen and the order sent, and the number of pairs it rests on.

    Over pairs of different tasks whose sends lie further apart than `epsilon` seconds: 1.0 is the order sent, -1.0
    its reverse, None no such pair.  Source: M. G. Kendall, "A new measure of rank correlation", 1938.
    """
    # Reports of one task can be seen in the order sent only, so that only pairs of different tasks can disagree.
    discordant = 0
    earlier: list[float] = []  # send times of what was seen before, sorted
    for sighting in sorted(sightings, key=lambda s: s.seen):
        discordant += len(earlier) - bisect.bisect_right(earlier, sighting.sent + epsilon)
        bisect.insort(earlier, sighting.sent)
    by_task: dict[int, list[float]] = {}
    for sighting in sightings:
        by_task.setdefault(sighting.task, []).append(sighting.sent)
    pairs = _far_apart(earlier, epsilon) - sum(_far_apart(sorted(sent), epsilon) for sent in by_task.values())
    if pairs == 0:
        return None, 0
    return 1 - 2 * discordant / pairs, pairs


def _far_apart(ordered: Sequence[float], epsilon: float) -> int:
    """How many pairs of a sorted sequence lie further apart than epsilon."""
    return sum(len(ordered) - bisect.bisect_right(ordered, value + epsilon) for value in ordered)


def switches(tasks: Sequence[int]) -> int:
    """How often neighbouring reports are of different tasks."""
    return sum(a != b for a, b in itertools.pairwise(tasks))


def switch_ratio(sightings: Sequence[Sighting]) -> float | None:
    """Switches as seen ÷ switches in the order sent, at the same grain; None where nothing was switched."""
    sent = switches([s.task for s in sorted(sightings, key=lambda s: s.sent)])
    seen = switches([s.task for s in sorted(sightings, key=lambda s: s.seen)])
    return seen / sent if sent else None


def likeness(a: Sequence[Hashable], b: Sequence[Hashable]) -> float:
    """How alike two interleavings are: 1 - the edit distance over their task labels ÷ the longer length."""
    return float(Levenshtein.normalized_similarity(a, b))
