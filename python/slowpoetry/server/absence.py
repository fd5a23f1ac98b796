"""A server that dies and comes back: for a while its port refuses, and whom it was serving is reset.

While nobody listens, a second socket holds the port, so that nobody else can take it.
"""

from __future__ import annotations

import socket
import time
from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.internet.error import CannotListenError

from slowpoetry.server.send_log import SendLog
from slowpoetry.server.slow import SlowPoetryPort, listen


def hold(iface: str, port: int, *, shared: bool = False) -> socket.socket:
    """A port that refuses: bound but never listening, and nobody else can take it; CannotListenError.

    Beside one that is `shared` another socket may listen, as long as it is.
    """
    held = socket.socket()
    try:
        share(held, shared)
        held.bind((iface, port))
    except OSError as error:
        held.close()
        raise CannotListenError(iface, port, error) from None
    return held


def share(held: socket.socket, shared: bool) -> None:
    """Let another socket have the port too, or no more: one that has it already keeps it."""
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, shared)


class Mortal:
    """One server that is away between two times, in seconds from `begin`.

    Records: ``down`` and ``up``, their `conn` 0.
    """

    def __init__(
        self, factory: Any, port: int, iface: str, reactor: Any, *, server: int, log: SendLog, away: tuple[float, float]
    ) -> None:
        """Listen; CannotListenError."""
        self._factory = factory
        self._iface = iface
        self._reactor = reactor
        self._server = server
        self._log = log
        self._away = away
        self._held = hold(iface, port, shared=True)
        self._calls: list[Any] = []
        self._closed = False
        self._gone: Any = None  # a Deferred, from its death on
        self.port: SlowPoetryPort = self._listen()

    def _listen(self) -> SlowPoetryPort:
        number: int = self._held.getsockname()[1]
        share(self._held, True)
        try:
            return listen(self._factory, number, self._iface, self._reactor)
        finally:
            share(self._held, False)

    def begin(self) -> None:
        """Its time runs from the accept that is being made."""
        # In the reactor's next turn, when that has been logged: it must not be away before its time.
        self._calls.append(self._reactor.callLater(0, self._count))

    def _count(self) -> None:
        for seconds, turn in zip(self._away, (self._die, self._come_back), strict=True):
            self._calls.append(self._reactor.callLater(seconds, turn))

    def _record(self, act: str) -> None:
        self._log.record(time.monotonic(), act, self._server, 0)

    def _die(self) -> None:
        self._record("down")
        # First the port: a client that calls again as soon as it is reset must be refused.
        self._gone = maybeDeferred(self.port.stopListening).addCallback(lambda _: self._cut())

    def _cut(self) -> None:
        for protocol in self._factory.open:
            protocol.cut()

    def _come_back(self) -> None:
        # On a busy machine both times may have come by one turn: first its port is closed, and whom it served is reset.
        self._gone.addCallback(lambda _: self._calls.append(self._reactor.callLater(0, self._return)))

    def _return(self) -> None:
        if not self._closed:
            self.port = self._listen()
            self._record("up")

    def stopListening(self) -> Any:
        """Free the port; fires when that is done."""
        self._closed = True
        for call in self._calls:
            if call.active():
                call.cancel()
        self._held.close()
        return maybeDeferred(self.port.stopListening)
