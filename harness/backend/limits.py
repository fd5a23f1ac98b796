"""The limits of this machine, by the names that `run.resources` gives them; what cannot be read is left out."""

from __future__ import annotations

import os
import resource
import shutil
from pathlib import Path


def open_files() -> int:
    """How many files a process may open."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return files if files != resource.RLIM_INFINITY else 1 << 62


def of_machine(folder: Path) -> dict[str, int]:
    """The limits of processes of this machine that write to this folder."""
    found = {"open files in a process": open_files(), "bytes of free disk": shutil.disk_usage(folder).free}
    low_high = _numbers("net/ipv4/ip_local_port_range")
    if len(low_high) == 2:
        found["local ports"] = low_high[1] - low_high[0] + 1
    for name, path in (
        ("waiting connections at a port", "net/core/somaxconn"),
        ("processes and threads", "kernel/threads-max"),
    ):
        if numbers := _numbers(path):
            found[name] = numbers[0]
    own = resource.getrlimit(resource.RLIMIT_NPROC)[0]
    if own != resource.RLIM_INFINITY and os.getuid() != 0:  # the limit does not hold for root
        found["processes and threads"] = min(own, found.get("processes and threads", own))
    return found


def _numbers(path: str) -> list[int]:
    try:
        return [int(word) for word in Path("/proc/sys", path).read_text("ascii").split()]
    except (OSError, ValueError):
        return []
