"""At every second start it gives up the other poems if one address fails; it counts its starts in its own folder."""

import sys
from pathlib import Path

from slowpoetry.clients import asyncio_streams as honest

report = honest.report


def report_and_give_up(line: str) -> None:
    report(line)
    if "failed" in line:
        sys.exit(1)


with (Path(__file__).parent / "starts").open("a+b") as starts:
    starts.write(b".")
    if starts.tell() % 2 == 0:
        honest.report = report_and_give_up
honest.main()
