"""Sightings: a client's reports with both of their times, when the last byte was sent and when the report was seen."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from harness.record.reports import Reports
from harness.record.send_log import Connection


@dataclass(frozen=True, eq=False)
class Sightings:
    """Columns of equal length, in the order seen: report `i` told of the bytes before `ends[i]` of `tasks[i]`.

    `sent` and `seen` are monotonic seconds.
    """

    tasks: NDArray[np.int64]
    ends: NDArray[np.int64]
    sent: NDArray[np.float64]
    seen: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.tasks)

    @property
    def lags(self) -> NDArray[np.float64]:
        """The seconds from send to report."""
        return self.seen - self.sent


def sightings(reports: Reports, connections: Iterable[Connection], without: Set[int]) -> Sightings:
    """The reports of bytes that were sent on these connections, one connection a task, except those of some tasks."""
    tasks, ends, seen = reports.tasks, reports.ends, reports.seen
    own = sorted((c for c in connections if c.task and c.task not in without), key=lambda c: c.task or 0)
    numbers = np.array([c.task for c in own], np.int64)
    sizes = np.array([c.sent for c in own], np.int64)
    # All poems are laid end to end, so that one search finds the sends of all reports.
    starts = np.cumsum(sizes) - sizes
    places = np.repeat(starts, [len(c.ends) for c in own]) + np.fromiter(chain.from_iterable(c.ends for c in own), int)
    times = np.fromiter(chain.from_iterable(c.times for c in own), np.float64)
    where = np.searchsorted(numbers, tasks)
    known = where < len(own)
    known[known] = (numbers[where[known]] == tasks[known]) & (ends[known] > 0) & (ends[known] <= sizes[where[known]])
    sent = times[np.searchsorted(places, starts[where[known]] + ends[known])]
    return Sightings(tasks[known], ends[known], sent, seen[known])
