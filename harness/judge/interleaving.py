"""Interleavings: in which order a client saw the chunks, against the order in which they were sent."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.record.sightings import Sightings

EPSILON = 0.005  # seconds: sends nearer together than this have no order worth the name

Ranks = NDArray[np.int64]


def agreement(sightings: Sightings, epsilon: float = EPSILON) -> tuple[float | None, int]:
    """Kendall's tau between the order seen and the order sent, and the number of pairs it rests on.

    Over pairs of different tasks whose sends lie further apart than `epsilon` seconds: 1.0 is the order sent, -1.0
    its reverse, None no such pair.  Source: M. G. Kendall, "A new measure of rank correlation", 1938.
    """
    # Reports of one task can be seen in the order sent only, so that only pairs of different tasks can disagree.
    by_seen = np.argsort(sightings.seen, kind="stable")
    sent, tasks = sightings.sent[by_seen], sightings.tasks[by_seen]
    ranks = np.empty(len(sent), np.int64)
    ranks[np.argsort(sent, kind="stable")] = np.arange(len(sent))
    # Everything from this rank on was sent more than epsilon later.
    later = np.searchsorted(np.sort(sent), sent + epsilon, side="right")
    _, groups = np.unique(tasks, return_inverse=True)
    pairs = int(np.sum(len(sent) - later)) - _apart_within(groups, ranks, later)
    if pairs == 0:
        return None, 0
    return 1 - 2 * _discordant(ranks, later) / pairs, pairs


def _apart_within(groups: Ranks, ranks: Ranks, later: Ranks) -> int:
    """How many pairs of one group lie further apart than epsilon."""
    # A group's ranks are shifted above those of the groups before it, so that one search serves all groups.
    shift = groups * (len(ranks) + 1)
    keys = np.sort(shift + ranks)
    ends = np.searchsorted(keys, shift + len(ranks))
    return int(np.sum(ends - np.searchsorted(keys, shift + later)))


def _discordant(ranks: Ranks, later: Ranks) -> int:
    """How many pairs i < j have ranks[i] >= later[j]: what came first was sent more than epsilon later.

    Counted as in a merge sort, at each level for all blocks at once: n log² n, whatever the order.
    """
    count, width, size = 0, 1, len(ranks)
    padding = (0, (1 << (size - 1).bit_length()) - size)
    ranks = np.pad(ranks, padding, constant_values=-1)
    later = np.pad(later, padding, constant_values=size)
    while width < len(ranks):
        lefts = np.sort(ranks.reshape(-1, 2 * width)[:, :width])
        blocks = np.arange(len(lefts))[:, None]
        shift = blocks * (size + 2) + 1
        found = np.searchsorted((lefts + shift).ravel(), (later.reshape(-1, 2 * width)[:, width:] + shift).ravel())
        count += int(np.sum((blocks + 1) * width) * width - np.sum(found))
        width *= 2
    return count


def switches(tasks: ArrayLike) -> int:
    """How often neighbouring reports are of different tasks."""
    return int(np.count_nonzero(np.diff(tasks)))


def switch_ratio(sightings: Sightings) -> float | None:
    """Switches as seen ÷ switches in the order sent, at the same grain; None where nothing was switched."""
    sent = switches(sightings.tasks[np.argsort(sightings.sent, kind="stable")])
    seen = switches(sightings.tasks[np.argsort(sightings.seen, kind="stable")])
    return seen / sent if sent else None
