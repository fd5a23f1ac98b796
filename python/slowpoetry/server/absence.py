"""A server that dies and comes back: it resets its connections, and for a while its port refuses new ones.

While it does not listen, a second socket holds the port, so that no other program can take it.
"""

from __future__ import annotations

import socket
import time
from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.internet.error import CannotListenError

from slowpoetry.address import is_ipv6
from slowpoetry.server.send_log import SendLog
from slowpoetry.server.slow import SlowPoetryPort, listen


def hold(iface: str, port: int, *, shared: bool = False) -> socket.socket:
    """Return a socket that is bound to a port but never listens, so that the port refuses connections.

    No other program can take the port.  While it is `shared`, another socket of ours can listen on it.
    CannotListenError if the port is taken.
    """
    held = socket.socket(socket.AF_INET6 if is_ipv6(iface) else socket.AF_INET)
    try:
        share(held, shared)
        held.bind((iface, port))
    except OSError as error:
        held.close()
        raise CannotListenError(iface, port, error) from None
    return held


def share(held: socket.socket, shared: bool) -> None:
    """Let another socket use the port too, or forbid that again; a socket that already uses it keeps it."""
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, shared)


class AwayServer:
    """A server that is away between two times, in seconds after `begin`.

    It logs ``down`` and ``up``, with `conn` 0.
    """

    def __init__(
        self, factory: Any, port: int, iface: str, reactor: Any, *, server: int, log: SendLog, away: tuple[float, float]
    ) -> None:
        """Listen; CannotListenError if the port is taken."""
        self._factory = factory
        self._iface = iface
        self._reactor = reactor
        self._server = server
        self._log = log
        self._away = away
        self._held = hold(iface, port, shared=True)
        self._calls: list[Any] = []
        self._closed = False
        self._gone: Any = None  # a Deferred that fires when the server is down
        self.port: SlowPoetryPort = self._listen()

    def _listen(self) -> SlowPoetryPort:
        number: int = self._held.getsockname()[1]
        share(self._held, True)
        try:
            return listen(self._factory, number, self._iface, self._reactor)
        finally:
            share(self._held, False)

    def begin(self) -> None:
        """Start to count the time; called while the first connection is being accepted."""
        # In the reactor's next turn, when the accept has been logged, so that the server is not down too early.
        self._calls.append(self._reactor.callLater(0, self._count))

    def _count(self) -> None:
        for seconds, change in zip(self._away, (self._die, self._come_back), strict=True):
            self._calls.append(self._reactor.callLater(seconds, change))

    def _record(self, act: str) -> None:
        self._log.record(time.monotonic(), act, self._server, 0)

    def _die(self) -> None:
        self._record("down")
        # The port is closed first, so that a client that connects again right after its reset is refused.
        self._gone = maybeDeferred(self.port.stopListening).addCallback(lambda _: self._cut())

    def _cut(self) -> None:
        for protocol in self._factory.open:
            protocol.cut()

    def _come_back(self) -> None:
        # On a busy machine both times may pass within one turn; the port must be closed, and the connections reset,
        # before the server listens again.
        self._gone.addCallback(lambda _: self._calls.append(self._reactor.callLater(0, self._return)))

    def _return(self) -> None:
        if not self._closed:
            self.port = self._listen()
            self._record("up")

    def stopListening(self) -> Any:
        """Free the port; the Deferred fires when that is done."""
        self._closed = True
        for call in self._calls:
            if call.active():
                call.cancel()
        self._held.close()
        return maybeDeferred(self.port.stopListening)
