"""What a client leaves running, wherever it hid: out of its session and process group, and without its environment.

A "child subreaper" (prctl(2)) becomes the parent of every orphan among its descendants.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Collection
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """From now on orphans below this process become its children."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def children() -> set[int]:
    """The process ids of this process's children."""
    return {
        int(word) for thread in Path("/proc/self/task").iterdir() for word in (thread / "children").read_text().split()
    }


def end_children_but(known: Collection[int]) -> int:
    """Kill and reap all other children, and those that become ours by this; returns how many were running."""
    running = 0
    while strangers := children().difference(known):
        for pid in strangers:
            try:
                if os.waitpid(pid, os.WNOHANG) == (0, 0):
                    running += 1
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
            except (ChildProcessError, ProcessLookupError):
                pass  # reaped by another hand
    return running
