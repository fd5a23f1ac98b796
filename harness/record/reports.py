"""The reports in a client's output: progress lines, turned into ranges of bytes, and failure lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

GOT = re.compile(rb"Task (\d{1,9}): got (\d{1,12}) bytes? of poetry from (\S+)")
FAILED = re.compile(rb"Task (\d{1,9}): failed: (.*[^\r\n])")
TOLD = re.compile(rb"^(?:%b|%b)\r*\n" % (GOT.pattern, FAILED.pattern), re.MULTILINE)

Failures = dict[int, tuple[str, float]]  # task: the client's own words, and when they arrived


class Report(NamedTuple):
    """A progress line: it reports bytes `start` to `end` of the task's poem, and arrived at `seen`."""

    task: int
    start: int
    end: int
    seen: float


class Reports(Sequence[Report]):
    """All reports in the order seen, as columns: a crowd has hundreds of thousands of them."""

    def __init__(self, tasks: Sequence[int] = (), sizes: Sequence[int] = (), seen: Sequence[float] = ()) -> None:
        """Reports of so many bytes each."""
        self.tasks = np.array(tasks, np.int64)
        self.seen = np.array(seen, np.float64)
        self._sizes = np.array(sizes, np.int64)
        self.ends = np.empty(len(self.tasks), np.int64)
        # The sums run on from task to task, so each task's reports start at the sum of the tasks before it.
        order, firsts, counts = self._by_task
        sums = np.cumsum(self._sizes[order])
        self.ends[order] = sums - np.repeat(sums[firsts] - self._sizes[order][firsts], counts)

    @cached_property
    def _by_task(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The reports sorted by task, and where in that order each task begins, with how many."""
        order = np.argsort(self.tasks, kind="stable")
        _, firsts, counts = np.unique(self.tasks[order], return_index=True, return_counts=True)
        return order, firsts, counts

    @cached_property
    def ends_of(self) -> dict[int, list[int]]:
        """For each task that was reported the ends of its reports."""
        order, firsts, counts = self._by_task
        tasks, ends = self.tasks[order][firsts].tolist(), self.ends[order].tolist()
        spans = zip(tasks, firsts.tolist(), (firsts + counts).tolist(), strict=True)
        return {task: ends[first:last] for task, first, last in spans}

    def __len__(self) -> int:
        return len(self.tasks)

    @overload
    def __getitem__(self, index: int) -> Report: ...

    @overload
    def __getitem__(self, index: slice) -> list[Report]: ...

    def __getitem__(self, index: int | slice) -> Report | list[Report]:
        return list(self)[index]

    def __iter__(self) -> Iterator[Report]:
        columns = (self.tasks, self.ends - self._sizes, self.ends, self.seen)
        return map(Report._make, zip(*(column.tolist() for column in columns), strict=True))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # mutable columns


def find(data: bytes, ends: Sequence[int], times: Sequence[float]) -> tuple[Reports, Failures]:
    """The reports and failures in a stream whose bytes before `ends[i]` had arrived at `times[i]`."""
    tasks: list[int] = []
    sizes: list[int] = []
    seen: list[float] = []
    failures: Failures = {}
    piece = 0
    for line in TOLD.finditer(data):
        end = line.end()
        while ends[piece] < end:
            piece += 1
        task, size, _, failed, words = line.groups()
        if task:
            tasks.append(int(task))
            sizes.append(int(size))
            seen.append(times[piece])
        else:
            failures[int(failed)] = words.decode(errors="replace"), times[piece]
    return Reports(tasks, sizes, seen), failures
