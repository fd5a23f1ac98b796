"""A service that listens at a Twisted endpoint, described by a text.

A description is, for example, ``tcp6:10001:interface=\\:\\:1`` or ``systemd:domain=INET:index=0``, as for
`twisted.internet.endpoints.serverFromString`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import quoteStringArgument, serverFromString
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from slowpoetry.address import is_ipv6


def description(port: int | str, iface: str, *, backlog: int = 50) -> str:
    """The description of the endpoint on `iface`:`port` (0: any); if `port` is a description, it is returned as it is.

    `backlog` is the size of the accept queue, in connections.
    """
    if isinstance(port, str):
        return port
    kind = "tcp6" if is_ipv6(iface) else "tcp"
    return f"{kind}:{port}:backlog={backlog}:interface={quoteStringArgument(iface)}"


class ListeningService(Service):
    """Listens while it runs.  Starting it raises the error of the endpoint, such as CannotListenError.

    Twisted's own service for endpoints cannot be started again after a stop.  `make_factory` is called with the reactor
    at each start; `adapt`, if given, with the port that listens.
    """

    def __init__(
        self, where: str, make_factory: Callable[[Any], Factory[Any]], adapt: Callable[[Any], object] | None = None
    ) -> None:
        self._where = where
        self._make_factory = make_factory
        self._adapt = adapt
        self._port: Any = None

    def privilegedStartService(self) -> None:
        """Listen before twistd gives up the rights of root, which a port below 1024 needs."""
        super().privilegedStartService()
        self._listen()

    def startService(self) -> None:
        """Listen, if it does not yet."""
        super().startService()
        if self._port is None:
            self._listen()

    def _listen(self) -> None:
        from twisted.internet import reactor as installed

        reactor: Any = installed  # its module has no useful type
        factory: Any = self._make_factory(reactor)
        outcome: list[Any] = []
        serverFromString(reactor, self._where).listen(factory).addBoth(outcome.append)
        [port] = outcome  # the endpoints of Twisted listen, or fail, at once
        if isinstance(port, Failure):
            port.raiseException()
        if self._adapt is not None:
            self._adapt(port)
        self._port = port

    def stopService(self) -> Deferred[None] | None:
        """Stop listening; the Deferred fires when the port is free."""
        super().stopService()
        port, self._port = self._port, None
        return maybeDeferred(port.stopListening) if port is not None else None
