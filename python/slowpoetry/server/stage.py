"""All servers of one scenario, opened and closed together: ports that listen, and ports that refuse."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet import defer
from twisted.internet.defer import Deferred

from slowpoetry.schedule import check_schedule
from slowpoetry.server.absence import AwayServer, hold
from slowpoetry.server.agenda import Agenda
from slowpoetry.server.full import FullPort, unused_factory
from slowpoetry.server.playbill import Part, Playbill
from slowpoetry.server.send_log import SendLog
from slowpoetry.server.slow import SlowPoem, SlowPoetryFactory, SlowPoetryPort, SlowPoetryProtocol, listen


class TrackingFactory(SlowPoetryFactory):
    """Keeps its connections, so that the stage can end them; calls `accepts` for each new one."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.open: list[SlowPoetryProtocol] = []
        self.accepts: Callable[[], object] = lambda: None

    def buildProtocol(self, addr: object) -> SlowPoetryProtocol:
        self.accepts()
        protocol = super().buildProtocol(addr)
        self.open.append(protocol)
        return protocol


class Stage:
    """The open servers of a playbill.  `ports` holds their ports in the order of the playbill."""

    def __init__(self, playbill: Playbill, folder: Path, log: SendLog, reactor: Any) -> None:
        """Open all servers; the paths of poems are relative to `folder`.

        If one cannot be opened, all are closed and OSError, ValueError or CannotListenError is raised.
        """
        self.ports: list[int] = []
        self.listening: list[SlowPoetryPort] = []
        self._away: list[AwayServer] = []
        self._not_begun: list[AwayServer] = []
        self._factories: list[TrackingFactory] = []
        self._held: list[socket.socket] = []
        self._full: list[FullPort] = []
        self._agenda = Agenda(reactor)
        try:
            for number, part in enumerate(playbill.parts, 1):
                if part.poem is None:
                    self.ports.append(self._refuse(number, part, playbill.iface, log, reactor))
                    continue
                poem = (folder / part.poem).read_bytes()
                slow = SlowPoem(number, poem, check_schedule(part.schedule, len(poem)))
                factory = self.make_factory(slow, log, reactor)
                factory.accepts = self._begin
                self._factories.append(factory)
                port = self._listen(number, part, factory, playbill.iface, log, reactor)
                self.ports.append(port.getHost().port)
        except BaseException:
            self.close()
            raise

    def make_factory(self, slow: SlowPoem, log: SendLog, reactor: Any) -> TrackingFactory:
        """The factory of one server."""
        return TrackingFactory(slow, log, self._agenda)

    def _listen(
        self, number: int, part: Part, factory: TrackingFactory, iface: str, log: SendLog, reactor: Any
    ) -> SlowPoetryPort:
        if part.away is not None:
            server = AwayServer(factory, part.port, iface, reactor, server=number, log=log, away=part.away)
            self._away.append(server)
            self._not_begun.append(server)
            return server.port
        if part.opens is None:
            port = listen(factory, part.port, iface, reactor)
        else:
            port = FullPort(factory, part.port, iface, reactor, server=number, log=log, opens=part.opens)
            port.startListening()
        self.listening.append(port)
        return port

    def _refuse(self, number: int, part: Part, iface: str, log: SendLog, reactor: Any) -> int:
        if part.full:
            port = FullPort(unused_factory(), part.port, iface, reactor, server=number, log=log, opens=None)
            port.startListening()
            self._full.append(port)
            found: int = port.getHost().port
            return found
        held = hold(iface, part.port)
        self._held.append(held)
        found = held.getsockname()[1]
        return found

    def _begin(self) -> None:
        for server in self._not_begun:
            server.begin()
        self._not_begun.clear()

    def close(self) -> Deferred[Any]:
        """Stop listening and reset open connections; the Deferred fires when the ports are free."""
        for held in self._held:
            held.close()
        for factory in self._factories:
            for protocol in factory.open:
                protocol.cut()
        listening: list[Any] = [*self.listening, *self._full, *self._away]
        return defer.DeferredList([defer.maybeDeferred(port.stopListening) for port in listening])
