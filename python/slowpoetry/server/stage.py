"""All servers of one scenario, opened and closed together: listening ports, and held ports that refuse."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from twisted.internet import defer
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError

from slowpoetry.schedule import check_schedule
from slowpoetry.server.playbill import Playbill
from slowpoetry.server.send_log import SendLog
from slowpoetry.server.slow import SlowPoem, SlowPoetryFactory, SlowPoetryPort, SlowPoetryProtocol, listen


class TrackingFactory(SlowPoetryFactory):
    """Keeps its connections, so that closing the stage can end them."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.open: list[SlowPoetryProtocol] = []

    def buildProtocol(self, addr: object) -> SlowPoetryProtocol:
        protocol = super().buildProtocol(addr)
        self.open.append(protocol)
        return protocol


class Stage:
    """The open servers of a playbill.  `ports` holds their ports in the order of the playbill."""

    def __init__(self, playbill: Playbill, folder: Path, log: SendLog, reactor: Any) -> None:
        """Open them all, poems counted from `folder`; OSError, ValueError or CannotListenError where one
        cannot be opened, and then none is."""
        self.ports: list[int] = []
        self.listening: list[SlowPoetryPort] = []
        self._factories: list[TrackingFactory] = []
        self._held: list[socket.socket] = []
        try:
            for number, part in enumerate(playbill.parts, 1):
                if part.poem is None:
                    self.ports.append(self._hold(playbill.iface, part.port))
                    continue
                poem = (folder / part.poem).read_bytes()
                slow = SlowPoem(number, poem, check_schedule(part.schedule, len(poem)))
                factory = self.make_factory(slow, log, reactor)
                port = listen(factory, part.port, playbill.iface, reactor)
                self.listening.append(port)
                self._factories.append(factory)
                self.ports.append(port.getHost().port)
        except BaseException:
            self.close()
            raise

    def make_factory(self, slow: SlowPoem, log: SendLog, reactor: Any) -> TrackingFactory:
        """The factory of one server."""
        return TrackingFactory(slow, log, reactor)

    def _hold(self, iface: str, port: int) -> int:
        # Bound but never listening: the kernel refuses connections and nobody else can take the port.
        held = socket.socket()
        self._held.append(held)
        try:
            held.bind((iface, port))
        except OSError as error:
            raise CannotListenError(iface, port, error) from None
        number: int = held.getsockname()[1]
        return number

    def close(self) -> Deferred[Any]:
        """Stop listening and hang up what is open; fires when the ports are free."""
        for held in self._held:
            held.close()
        for factory in self._factories:
            for protocol in factory.open:
                protocol.cut()
        return defer.DeferredList([defer.maybeDeferred(port.stopListening) for port in self.listening])
