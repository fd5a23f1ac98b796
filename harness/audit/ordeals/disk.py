"""A disk that is full before the run is over: the run's folder on a small tmpfs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from random import Random

from harness.audit.ordeals.arena import Arena
from harness.audit.ordeals.ordeal import NotHere, Trials

PAGE = 4096


def disk(arena: Arena, random: Random, count: int) -> Trials:
    """Disks of random sizes, each at most as large as an undisturbed run needs."""
    if os.geteuid() != 0:
        raise NotHere("only root can mount a small tmpfs; run it as root")
    needed = sum(-(-path.stat().st_size // PAGE) for path in arena.scratch.glob("0001/runs/**/*") if path.is_file())
    for number in range(count):
        pages = random.randint(1, needed)
        place = arena.scratch / f"disk-{number}"
        place.mkdir()
        _run("mount", "-t", "tmpfs", "-o", f"size={pages * PAGE},mode=755", "tmpfs", place)
        try:
            yield arena.outcome(arena.start(out=place), f"{pages * 4} KB of the {needed * 4} KB that it takes")
        finally:
            _run("umount", "--lazy", place)  # lazy, because after an interrupt the compare ends only later


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
