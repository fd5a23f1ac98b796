"""A port whose accept queue is full: a client gets no answer until there is room, or never.

If the queue is full, Linux drops a SYN, and the client's kernel sends it again after about a second.  The queue holds
one connection, and the server fills it with a connection of its own.  The socket counts the dropped SYNs.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from typing import Any

from twisted.internet.protocol import Factory
from twisted.internet.task import LoopingCall

from slowpoetry.server.send_log import SendLog
from slowpoetry.server.slow import BACKLOG, SlowPoetryPort

SO_MEMINFO = 55  # a socket option since Linux 4.12: nine counts; the last one counts the drops
COUNTS = struct.Struct("9I")
LOOK = 0.01  # seconds between two looks at the count


class FullPort(SlowPoetryPort):
    """Answers no SYN until `opens` seconds after the first one, or never if that is None.

    It logs ``knock`` for each SYN without an answer, and ``open`` when it begins to answer; their `conn` is 0.
    """

    def __init__(
        self, factory: Any, port: int, iface: str, reactor: Any, *, server: int, log: SendLog, opens: float | None
    ):
        super().__init__(port, factory, 0, iface, reactor)  # a backlog of 0 is a queue of one
        self._server = server
        self._log = log
        self._opens = opens
        self._knocks = 0
        self._call: Any = None
        self._plug: socket.socket | None = None
        self._watch = LoopingCall(self._look)
        self._watch.clock = reactor

    def startListening(self) -> None:
        """Listen and fill the queue."""
        super().startListening()
        self.stopReading()
        host = self.getHost()
        self._plug = socket.create_connection((host.host, host.port), timeout=10)
        self._watch.start(LOOK)

    def _record(self, act: str) -> None:
        self._log.record(time.monotonic(), act, self._server, 0)

    def _look(self) -> None:
        *_, knocks = COUNTS.unpack(self.socket.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, COUNTS.size))
        for _ in range(knocks - self._knocks):
            self._record("knock")
        if knocks and not self._knocks and self._opens is not None:
            self._call = self.reactor.callLater(self._opens, self._open)
        self._knocks = knocks

    def _open(self) -> None:
        self._stop()
        self._record("open")
        filler, _ = self.socket.accept()
        filler.close()
        self.socket.listen(BACKLOG)
        self.startReading()

    def _stop(self) -> None:
        if self._watch.running:
            self._watch.stop()
        if self._call is not None and self._call.active():
            self._call.cancel()
        if self._plug is not None:
            with contextlib.suppress(OSError):
                self._plug.close()
        self._plug = None

    def connectionLost(self, reason: Any) -> None:
        """Stop the timers, because the port has been closed."""
        self._stop()
        super().connectionLost(reason)


def unused_factory() -> Factory:
    """A factory for a port that never accepts a connection."""
    factory = Factory()
    factory.noisy = False
    return factory
