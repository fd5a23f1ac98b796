"""The slow poetry server as a service; `slowpoetry.server` is the same server as a program."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from slowpoetry.option_values import read_poem
from slowpoetry.schedule import even_schedule
from slowpoetry.server.send_log import PlainLog
from slowpoetry.server.slow import BACKLOG, SlowPoem, SlowPoetryFactory, stamp_sends
from slowpoetry.services.listening import ListeningService, description


def slow_poetry(poem_file: Path, port: int | str, iface: str = "", *, delay: float, num_bytes: int) -> ListeningService:
    """The server as a service: a poem in chunks of `num_bytes`, with a pause of `delay` seconds before each chunk.

    `port` and `iface` as for `description`; an endpoint must be one of TCP.  The send log goes to standard output, and
    twistd turns it into lines of its own log.  Starting it raises UnreadablePoem if the file cannot be read.
    """

    def make_factory(reactor: Any) -> SlowPoetryFactory:
        poem = read_poem(poem_file)
        schedule = even_schedule(len(poem), num_bytes=num_bytes, delay=delay)
        return SlowPoetryFactory(SlowPoem(1, poem, schedule), PlainLog(sys.stdout, time.monotonic()), reactor)

    return ListeningService(description(port, iface, backlog=BACKLOG), make_factory, stamp_sends)
