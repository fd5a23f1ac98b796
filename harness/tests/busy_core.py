"""Programs that use a core, so that others on it have to wait."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

BUSY = "import os\nos.sched_setaffinity(0, {%d})\nprint(flush=True)\nwhile True: pass\n"


def first_core() -> int:
    return min(os.sched_getaffinity(0))


@contextmanager
def busy(core: int, nice: int, own_session: bool = False) -> Iterator[int]:
    """The process id of a program that uses all of this core that it can get.

    Where Linux shares the processors out among sessions first, a session of its own gets a whole share.
    """
    command = ["nice", "-n", str(nice), sys.executable, "-c", BUSY % core]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=own_session) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process.pid
        finally:
            process.kill()
