"""The cost of a process and its descendants, read from /proc: for containers, which only the engine can wait for."""

from __future__ import annotations

import os
from pathlib import Path

from harness.backend.descendants import children
from harness.backend.starvation import Starvation

_TICKS = os.sysconf("SC_CLK_TCK")


class ProcessCost:
    """CPU seconds and peak bytes of a process's descendants, as last seen; None if /proc does not show them."""

    def __init__(self) -> None:
        self._cpu: dict[int, float] = {}
        self._peak: dict[int, int] = {}
        self._starvation = Starvation()

    def poll(self, pid: int) -> None:
        """Sample the descendants of `pid` again.  Processes that have ended keep their last sample."""
        pids = descendants(pid)
        self._starvation.poll(pids)
        for pid in pids:
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except (OSError, ProcessLookupError):
                continue
            self._cpu[pid] = (int(fields[11]) + int(fields[12])) / _TICKS
            self._peak[pid] = max(self._peak.get(pid, 0), peak_bytes(pid))

    @property
    def starved(self) -> list[tuple[float, float]]:
        """The spells of starvation; see `starvation`."""
        return self._starvation.spells

    @property
    def cpu_s(self) -> float | None:
        """CPU seconds, measured in the kernel's clock ticks."""
        return round(sum(self._cpu.values()), 4) if self._cpu else None

    @property
    def max_rss_bytes(self) -> int | None:
        """The largest resident size of any one process."""
        return max(self._peak.values(), default=0) or None


def peak_bytes(pid: int) -> int:
    """The largest resident size so far of the program that this process runs; 0 if it has ended."""
    try:
        _, _, rest = Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")
    except (OSError, ProcessLookupError):
        return 0
    return int(rest.split()[0]) * 1024 if rest else 0


def descendants(pid: int) -> list[int]:
    """The process ids of its children, their children, and so on."""
    found: list[int] = []
    waiting = [pid]  # not recursive: a client may have a chain of more processes than Python's stack has room for
    while waiting:
        below = children(waiting.pop())
        found += below
        waiting += below
    return found
