"""Computes before each report, and gives way to every other program that wants the same processor."""

import os
import time
from contextlib import suppress
from pathlib import Path

from slowpoetry.clients import asyncio_streams as honest

COMPUTE_SECONDS = 0.008
report = honest.report


def compute_and_report(line: str) -> None:
    end = time.process_time() + COMPUTE_SECONDS
    while time.process_time() < end:
        pass
    report(line)


os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
os.nice(19)
with suppress(OSError):  # Linux may share a processor out among sessions first, and then inside each session
    Path("/proc/self/autogroup").write_text("19")
honest.report = compute_and_report
honest.main()
