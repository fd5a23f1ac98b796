"""The processes that a client leaves running, even in another session or process group or with another environment.

They are found because this process is a "child subreaper" (prctl(2)): the parent of every orphan among its descendants.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
GRACE = 1.0  # seconds; generous, because on a loaded machine they may have to wait for a processor
_alone = threading.RLock()  # two threads would wait for the same orphan, and each take the other's kill for its end


def adopt_orphans() -> None:
    """From now on, orphans among this process's descendants become its children; OSError if the kernel refuses."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def children(pid: int | str = "self") -> set[int]:
    """The process ids of a process's children; none if it has ended."""
    found: set[int] = set()
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):  # a thread that has ended meanwhile: another one has its children now
                found.update(map(int, (thread / "children").read_text().split()))
    return found


def has_ended(pid: int) -> bool:
    """Whether a child has ended, reaped or not; False for a number below 0, which stands for one that is starting."""
    try:
        return pid > 0 and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def end_children_but(known: Collection[int]) -> int:
    """Kill and reap all other children, and the orphans that this makes our children; returns how many were running.

    A runtime's own helpers end shortly after it (OTP's erl_child_setup, for example): they get `GRACE` seconds.
    """
    running = 0
    with _alone:
        patience = time.monotonic() + GRACE
        while strangers := children().difference(known):
            for pid in strangers:
                try:
                    if os.waitpid(pid, os.WNOHANG) == (0, 0) and not _ends_by(pid, patience):
                        running += 1
                        os.kill(pid, signal.SIGKILL)
                        os.waitpid(pid, 0)
                except (ChildProcessError, ProcessLookupError):
                    pass  # something else has reaped it
    return running


def _ends_by(pid: int, deadline: float) -> bool:
    """Wait for a child's end until the deadline, and reap it; False if it still runs."""
    process = os.pidfd_open(pid)
    try:
        ready, _, _ = select.select([process], [], [], max(0.0, deadline - time.monotonic()))
    finally:
        os.close(process)
    return bool(ready) and os.waitpid(pid, 0)[0] == pid
