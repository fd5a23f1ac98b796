"""How long a client had to wait for a processor because other programs used it: its starvation.

The kernel counts for each thread how long it ran and how long it waited while it could have run (`schedstat`, see
sched-stats in the kernel's documentation).  A client may also wait because it uses the processors itself; that is its
own doing.  So only the time by which one of its threads waited longer than its other threads ran is counted.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

SECONDS = 0.1  # between two samples, at least
REST = 20  # times as long as a sample took: a client may have many threads, and reading them takes time
LEAST = 0.01  # seconds; shorter waits are not kept

Threads = Mapping[int, tuple[int, int]]  # by thread id: nanoseconds that it ran, and that it waited


def starved(before: Threads, after: Threads) -> float:
    """The seconds of starvation between two samples."""
    spent = {}
    for thread, (ran, waited) in after.items():
        ran_before, waited_before = before.get(thread, (0, 0))
        spent[thread] = ran - ran_before, waited - waited_before
    all_ran = sum(ran for ran, _ in spent.values())
    return max([0, *(waited - (all_ran - ran) for ran, waited in spent.values())]) / 1e9


def threads(pids: Iterable[int]) -> Threads:
    """The counts of all threads of these processes; those that have ended are left out."""
    found = {}
    for pid in pids:
        with suppress(OSError):
            for thread in Path(f"/proc/{pid}/task").iterdir():
                with suppress(OSError, ValueError):  # it has ended meanwhile; the others are still there
                    run, wait, _ = (thread / "schedstat").read_text().split()
                    found[int(thread.name)] = int(run), int(wait)
    return found


class Starvation:
    """The starvation of a client or of its recorder: each spell is (its end in monotonic seconds, its length)."""

    def __init__(self) -> None:
        self.spells: list[tuple[float, float]] = []
        self._last: Threads = {}
        self._taken: float | None = None
        self._next = 0.0

    def poll(self, pids: Iterable[int]) -> None:
        """Take a sample of these processes, if it is time for one."""
        now = time.monotonic()
        if now < self._next:
            return
        sample = threads(pids)
        self._next = now + max(SECONDS, REST * (time.monotonic() - now))
        seconds = starved(self._last, sample)
        if self._taken is not None and seconds >= LEAST:
            self.spells.append((now, seconds))
        self._last, self._taken = sample, now
