"""Gives up all addresses when one has been silent for too long."""

import os

from slowpoetry.clients import asyncio_streams as honest

report = honest.report


def report_and_end(line: str) -> None:
    report(line)
    if "timed out" in line:
        os._exit(1)


honest.report = report_and_end
honest.main()
