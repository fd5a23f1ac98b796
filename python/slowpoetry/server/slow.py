"""The slow poetry server: it plays the schedule of a poem on every connection, each from its own accept.

Chunks are due at absolute times, so that a late chunk does not delay the next one.  A `send` is logged when the kernel
has taken the bytes, not when Twisted was asked to write them.  Source: seed parts 16 and 20, whose slow server sends
some bytes, sleeps, and sends the next.
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

from slowpoetry.address import Address, format_address
from slowpoetry.schedule import Act, Schedule
from slowpoetry.server.send_log import SendLog

ACCEPTS = 8  # connections at a time, about half a millisecond
BACKLOG = 4096  # connections; large, so that many clients at once do not fill the accept queue


@dataclass(frozen=True)
class SlowPoem:
    """One server's number in the scenario (from 1), the bytes of its poem, and its schedule."""

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
        self._due: float | None = None  # when the chunk that is being written at once is due
        self._ending: str | None = None
        self._over = False  # whether nothing more will be sent, and the client should hang up
        self._half_closed = False
        self._cut_at: float | None = None  # when it was reset
        self._call: Any = None

    def connectionMade(self) -> None:
        """Start the schedule."""
        self._accepted = self.now()
        transport = cast(tcp.Server, self.transport)
        transport.setTcpNoDelay(True)  # so that the kernel sends each chunk at once
        peer = transport.getPeer()
        self._record("accept", self._accepted, format_address(Address(peer.host, peer.port)))
        self.play()

    def _record(self, act: str, t: float | None = None, peer: str | None = None) -> None:
        self._log.record(self.now() if t is None else t, act, self._slow.server, self._conn, peer)

    def wait_for(self, act: Act) -> float:
        """Seconds until the act is due; 0 or less if it is due now."""
        return self._accepted + act.at - self.now()

    def due(self, act: Act) -> float | None:
        """The time at which the act is due, by the clock of the send log."""
        return self._accepted + act.at

    def next_act(self) -> Act | None:
        """The next act of the schedule; None if the schedule has ended."""
        return self._slow.schedule[self._next] if self._next < len(self._slow.schedule) else None

    def play(self) -> None:
        """Carry out all acts that are due, and wait for the next."""
        schedule = self._slow.schedule
        while self._next < len(schedule):
            act = schedule[self._next]
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
                self._send_no_more()
            else:
                self.cut()

    def stop_waiting(self) -> None:
        """Do not play the next act when it is due."""
        call, self._call = self._call, None
        if call is not None and call.active():
            call.cancel()

    def _send(self, size: int, due: float | None) -> None:
        transport: Any = self.transport
        start, self._written = self._written, self._written + size
        chunk = self._slow.poem[start : self._written]
        if self._sent == start:
            # At once and not in the reactor's next turn, which would make chunks late at 10,000 chunks a second.
            # Only such a chunk has `due`: if bytes are still waiting, the client's slow reading makes the chunk late,
            # not the server.
            self._due = due
            taken = transport.writeSomeData(chunk)
            self._due = None
            if taken == size:
                return
            chunk = chunk[taken:] if isinstance(taken, int) else chunk
        transport.write(chunk)

    def _send_no_more(self) -> None:
        self._over = True
        if self._half_closed:
            self._leave()

    def _leave(self) -> None:
        # If nothing more will be sent, a client that ends its side of the connection has hung up.
        cast(tcp.Server, self.transport).loseConnection()

    def cut(self) -> None:
        """Reset the connection now, even if the schedule has not ended."""
        # The transport closes in the reactor's next turn, and a chunk might be due before that.
        self.stop_waiting()
        self._next = len(self._slow.schedule)
        self._ending = "reset"
        self._cut_at = self.now()  # stamped before the act, as sends are
        cast(tcp.Server, self.transport).abortConnection()

    def bytesTaken(self, count: int, t: float) -> None:
        """Log that the kernel has taken `count` more bytes; the transport calls this, `t` is when it asked."""
        start, self._sent = self._sent, self._sent + count
        self._log.record_send(t, self._slow.server, self._conn, start, self._sent, self._due)

    def readConnectionLost(self) -> None:
        """Log that the client ended its side; the schedule continues, because the client may still be reading."""
        if self._over:
            self._leave()
            return
        self._half_closed = True
        self._record("half-close")

    def writeConnectionLost(self) -> None:
        """Log that the server's own side has ended, after all its bytes (the act `fin`)."""
        self._record("fin")
        self._send_no_more()

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Log how the connection ended, and drop the rest of the schedule."""
        self.stop_waiting()
        self._next = len(self._slow.schedule)
        clean = self._ending == "reset" or (reason is not None and reason.check(ConnectionDone) is not None)
        self._record(self._ending if self._ending and clean else "hang-up", self._cut_at)


class SlowPoetryFactory(Factory):
    """Makes a protocol for each connection; `now` reads the clock of the send log."""

    noisy = False
    protocol: type[SlowPoetryProtocol] = SlowPoetryProtocol

    def __init__(self, slow: SlowPoem, log: SendLog, clock: Any, now: Callable[[], float] = time.monotonic) -> None:
        self._make = lambda conn: self.protocol(slow, conn, log, clock, now)
        self._connections = 0

    def buildProtocol(self, addr: object) -> SlowPoetryProtocol:
        """Make the protocol of a connection; connections are numbered from 1 in the order of the accepts."""
        self._connections += 1
        return self._make(self._connections)


class _StampingServer(tcp.Server):
    """A TCP transport that calls its protocol when the kernel has taken bytes."""

    def writeSomeData(self, data: bytes) -> Any:
        protocol: Any = self.protocol
        # Stamped before the call, so that the report of a fast client is never older than the send.
        t = protocol.now()
        try:
            count: Any = self.socket.send(data[: self.SEND_LIMIT])
        except OSError:
            count = super().writeSomeData(data)  # tries again, and turns the error into what Twisted expects
        if isinstance(count, int) and count > 0:
            protocol.bytesTaken(count, t)
        return count


class SlowPoetryPort(tcp.Port):
    """A listening port whose connections call their protocol when the kernel has taken bytes."""

    transport = _StampingServer

    def doRead(self) -> None:
        """Accept a few connections; Twisted would accept a hundred and more, and all chunks would wait for that."""
        self.numberAccepts = ACCEPTS
        super().doRead()


def stamp_sends(port: tcp.Port) -> None:
    """Let the connections of a port that was made elsewhere do the same."""
    port.transport = _StampingServer


def listen(factory: Any, port: int, iface: str, reactor: Any) -> SlowPoetryPort:
    """Listen on `iface`:`port` (0: any); twisted.internet.error.CannotListenError if that is taken."""
    listening = SlowPoetryPort(port, factory, BACKLOG, iface, reactor)
    listening.startListening()
    return listening
