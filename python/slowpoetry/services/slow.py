"""The slow poetry server as a service; `slowpoetry.server` is the same server as a program."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred

from slowpoetry.option_values import read_poem
from slowpoetry.schedule import even_schedule
from slowpoetry.server.send_log import PlainLog
from slowpoetry.server.slow import SlowPoem, SlowPoetryFactory, SlowPoetryPort, listen


class SlowPoetryService(Service):
    """Serves a poem in chunks of `num_bytes`, with a pause of `delay` seconds before each chunk.

    The send log goes to standard output, which twistd turns into lines of its own log.

    Starting it raises UnreadablePoem or twisted.internet.error.CannotListenError.
    """

    def __init__(self, poem_file: Path, port: int, iface: str, *, delay: float, num_bytes: int) -> None:
        self._poem_file = poem_file
        self._where = (port, iface)
        self._delay = delay
        self._num_bytes = num_bytes
        self._listening: SlowPoetryPort | None = None

    def startService(self) -> None:
        """Read the poem and listen."""
        from twisted.internet import reactor as installed

        reactor: Any = installed  # its module has no useful type

        poem = read_poem(self._poem_file)
        schedule = even_schedule(len(poem), num_bytes=self._num_bytes, delay=self._delay)
        log = PlainLog(sys.stdout, time.monotonic())
        self._listening = listen(SlowPoetryFactory(SlowPoem(1, poem, schedule), log, reactor), *self._where, reactor)
        super().startService()

    def stopService(self) -> Deferred[None] | None:
        """Stop listening; the Deferred fires when the port is free."""
        super().stopService()
        listening, self._listening = self._listening, None
        return maybeDeferred(listening.stopListening) if listening else None
