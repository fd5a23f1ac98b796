"""The slow poetry server: plays a poem's schedule on every connection, each from its own accept.

Chunks are due at absolute times, so that one late chunk does not push the next.  A `send` is logged when the
kernel has taken the bytes, not when Twisted was asked to write them.  Source: seed parts 16 and 20, whose slow
server sends some bytes, sleeps and sends the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from twisted.internet import tcp
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from slowpoetry.schedule import Act, Schedule
from slowpoetry.server.send_log import SendLog

BACKLOG = 4096  # a crowd of clients must not find the accept queue full


@dataclass(frozen=True)
class SlowPoem:
    """What one server serves: its number in the scenario (from 1), the poem's bytes and the schedule."""

    server: int
    poem: bytes
    schedule: Schedule


@implementer(IHalfCloseableProtocol)
class SlowPoetryProtocol(Protocol):
    """Plays the schedule on one connection and logs each act."""

    def __init__(self, slow: SlowPoem, conn: int, log: SendLog, clock: Any, now: Callable[[], float]) -> None:
        self._slow = slow
        self._conn = conn
        self._log = log
        self._clock = clock
        self.now = now
        self._next = 0  # index of the next act
        self._written = 0  # bytes given to the transport
        self._sent = 0  # bytes taken by the kernel
        self._due: float | None = None  # of the chunk being tried at once
        self._ending: str | None = None
        self._over = False  # nothing more is to come, and it is the client's turn to hang up
        self._half_closed = False
        self._cut_at: float | None = None  # when it was reset
        self._call: Any = None

    def connectionMade(self) -> None:
        """Start the schedule: its zero is now."""
        self._accepted = self.now()
        transport = cast(tcp.Server, self.transport)
        transport.setTcpNoDelay(True)  # a chunk is a segment, not a part of one
        peer = transport.getPeer()
        self._record("accept", self._accepted, peer=f"{peer.host}:{peer.port}")
        self.play()

    def _record(self, act: str, t: float | None = None, **details: object) -> None:
        self._log.record(self.now() if t is None else t, act, self._slow.server, self._conn, **details)

    def wait_for(self, act: Act) -> float:
        """Seconds until the act's time has come; 0 or less when it has."""
        return self._accepted + act.at - self.now()

    def due(self, act: Act) -> float | None:
        """When the act is due, by the clock of the send log."""
        return self._accepted + act.at

    def next_act(self) -> Act | None:
        """The act that the schedule waits for; None when it is over."""
        return self._slow.schedule[self._next] if self._next < len(self._slow.schedule) else None

    def play(self) -> None:
        """Do all acts whose time has come, and wait for the next."""
        self._stop_waiting()
        while (act := self.next_act()) is not None:
            wait = self.wait_for(act)
            if wait > 0:
                self._call = self._clock.callLater(wait, self.play)
                return
            self._next += 1
            if act.kind == "send":
                self._send(act.size, self.due(act))
            elif act.kind == "close":
                self._ending = "close"
                cast(tcp.Server, self.transport).loseConnection()
            elif act.kind == "fin":
                cast(tcp.Server, self.transport).loseWriteConnection()
            elif act.kind == "stall":
                self._say_no_more()
            else:
                self.cut()

    def _stop_waiting(self) -> None:
        call, self._call = self._call, None
        if call is not None and call.active():
            call.cancel()

    def _send(self, size: int, due: float | None) -> None:
        transport = cast(_StampingServer, self.transport)
        chunk = self._slow.poem[self._written : self._written + size]
        waiting = self._sent < self._written
        self._written += size
        if not waiting:
            # At once, not in the reactor's next turn: at 10,000 chunks a second the turn would make them late.
            # Lateness is the server's own only where the way is free: where the kernel takes nothing now, the
            # client's reading holds it up.
            self._due = due
            taken = transport.writeSomeData(chunk)
            self._due = None
            chunk = chunk[taken:] if isinstance(taken, int) else chunk
        if chunk:
            transport.write(chunk)

    def _say_no_more(self) -> None:
        self._over = True
        if self._half_closed:
            self._leave()

    def _leave(self) -> None:
        # A client that ends its side of a connection on which nothing is to come hangs up.
        cast(tcp.Server, self.transport).loseConnection()

    def cut(self) -> None:
        """Reset the connection now, whatever is left of the schedule."""
        # The transport goes in the reactor's next turn, and a chunk might be due before that.
        self._stop_waiting()
        self._next = len(self._slow.schedule)
        self._ending = "reset"
        self._cut_at = self.now()  # before it is done, as for sends
        cast(tcp.Server, self.transport).abortConnection()

    def bytesTaken(self, count: int, t: float) -> None:
        """Called by the transport: the kernel has taken `count` more bytes, asked at `t`."""
        start, self._sent = self._sent, self._sent + count
        details: dict[str, object] = {"start": start, "end": self._sent}
        if self._due is not None:
            details["due"] = round(self._due, 6)
        self._record("send", t, **details)

    def readConnectionLost(self) -> None:
        """The client ended its side; it may still be reading, so the schedule goes on, unless nothing is to come."""
        if self._over:
            self._leave()
            return
        self._half_closed = True
        self._record("half-close")

    def writeConnectionLost(self) -> None:
        """Our own side is ended, after all its bytes: the act `fin`."""
        self._record("fin")
        self._say_no_more()

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Log how it ended and forget the rest of the schedule."""
        self._stop_waiting()
        self._next = len(self._slow.schedule)
        clean = self._ending == "reset" or (reason is not None and reason.check(ConnectionDone) is not None)
        self._record(self._ending if self._ending and clean else "hang-up", self._cut_at)


class SlowPoetryFactory(Factory):
    """Makes a protocol for each connection; `now` reads the clock of the send log."""

    noisy = False
    protocol: type[SlowPoetryProtocol] = SlowPoetryProtocol

    def __init__(self, slow: SlowPoem, log: SendLog, clock: Any, now: Callable[[], float] = time.monotonic) -> None:
        self.slow = slow
        self._make = lambda conn: self.protocol(slow, conn, log, clock, now)
        self._connections = 0

    def buildProtocol(self, addr: object) -> SlowPoetryProtocol:
        """Number the connection, from 1 in the order of the accepts."""
        self._connections += 1
        return self._make(self._connections)


class _StampingServer(tcp.Server):
    """A TCP transport that tells its protocol when the kernel has taken bytes."""

    def writeSomeData(self, data: bytes) -> Any:
        protocol = cast(SlowPoetryProtocol, self.protocol)
        # Stamped before the call: a quick client's report must never seem older than what it reports.
        t = protocol.now()
        count = super().writeSomeData(data)
        if isinstance(count, int) and count > 0:
            protocol.bytesTaken(count, t)
        return count


class SlowPoetryPort(tcp.Port):
    """A listening port whose connections are stamped: `tcp.Port` with our transport."""

    transport = _StampingServer


def listen(factory: Any, port: int, iface: str, reactor: Any) -> SlowPoetryPort:
    """Listen on `iface`:`port` (0: any); twisted.internet.error.CannotListenError where that is taken."""
    listening = SlowPoetryPort(port, factory, BACKLOG, iface, reactor)
    listening.startListening()
    return listening
