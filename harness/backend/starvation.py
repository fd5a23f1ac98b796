"""How long a client had to wait for a processor because other programs used it: its starvation.

The kernel counts for each thread how long it ran and how long it waited while it could have run (`schedstat`, see
sched-stats in the kernel's documentation).  A client may also wait because it uses the processors itself; that is its
own doing.  So only the time by which its longest waiting thread waited longer than all its threads ran is counted.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path

SECONDS = 0.5  # between two samples: a client may have many threads, and reading them takes time
MOST = 0.8  # of the time between two samples

Threads = Mapping[int, tuple[int, int]]  # by thread id: nanoseconds that it ran, and that it waited


def starved(before: Threads, after: Threads) -> float:
    """The seconds of starvation between two samples."""
    ran = waited = 0
    for thread, (run, wait) in after.items():
        run_before, wait_before = before.get(thread, (0, 0))
        ran += run - run_before
        waited = max(waited, wait - wait_before)
    return max(0, waited - ran) / 1e9


def threads(pids: Iterable[int]) -> Threads:
    """The counts of all threads of these processes; those that have ended are left out."""
    found = {}
    for pid in pids:
        try:
            for thread in Path(f"/proc/{pid}/task").iterdir():
                run, wait, _ = (thread / "schedstat").read_text().split()
                found[int(thread.name)] = int(run), int(wait)
        except (OSError, ValueError):
            continue
    return found


class Starvation:
    """The starvation of a client or of its recorder: each spell is (its end in monotonic seconds, its length)."""

    def __init__(self) -> None:
        self.spells: list[tuple[float, float]] = []
        self._last: Threads = {}
        self._taken: float | None = None

    def poll(self, pids: Iterable[int]) -> None:
        """Take a sample of these processes, if it is time for one."""
        now = time.monotonic()
        if self._taken is not None and now < self._taken + SECONDS:
            return
        sample = threads(pids)
        seconds = starved(self._last, sample)
        if self._taken is not None and seconds >= MOST * (now - self._taken):
            self.spells.append((now, seconds))
        self._last, self._taken = sample, now
