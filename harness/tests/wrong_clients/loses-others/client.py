"""Gives up the other poems when one address fails."""

import sys

from slowpoetry.clients import asyncio_streams as honest

report = honest.report


def report_and_give_up(line: str) -> None:
    report(line)
    if "failed" in line:
        sys.exit(1)


honest.report = report_and_give_up
honest.main()
