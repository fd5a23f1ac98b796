"""Declared to flush live, but holds back all its reports until the end."""

import atexit

from slowpoetry.clients import asyncio_streams as honest

lines: list[str] = []
report = honest.report


def tell_all() -> None:
    for line in lines:
        report(line)


honest.report = lines.append
atexit.register(tell_all)
honest.main()
