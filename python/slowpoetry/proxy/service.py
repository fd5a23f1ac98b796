"""The poetry proxy, version 3.0: one poem from the server behind it, kept once it is whole (seed part 19).

Until then each client has a download of its own, and who hangs up cancels that one alone.  A client for which there
is no poem is cut off by a reset: an end would tell it that it has got the whole of an empty poem.
"""

from __future__ import annotations

from typing import Any, cast

from twisted.application.internet import TCPServer
from twisted.application.service import MultiService, Service
from twisted.internet import tcp
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from slowpoetry.address import Address, format_address
from slowpoetry.clients.twisted_protocol import get_poetry
from slowpoetry.progress import plain_words


class ProxyService(Service):
    """Gets the poem of the server at `upstream`, and keeps it."""

    _log = Logger()

    def __init__(self, upstream: Address) -> None:
        self._upstream = upstream
        self._poem = b""
        self._downloads: set[Deferred[bytes]] = set()

    def get_poem(self) -> Deferred[bytes]:
        """Return a Deferred of the whole poem: kept, it has fired already; else it can be cancelled, and fails with
        CancelledError then and with OSError where the server behind us fails.  Either is logged here."""
        if self._poem:
            self._log.info("Using the kept poem")
            return succeed(self._poem)
        self._log.info("Fetching the poem from {upstream}", upstream=format_address(self._upstream))
        from twisted.internet import reactor

        # Fetched for each client: there is only this one task, and nobody watches its progress.
        download = get_poetry(reactor, 1, self._upstream, tell=lambda line: None)
        self._downloads.add(download)
        return download.addBoth(self._ended, download).addCallbacks(self._keep, self._failed)

    def _ended(self, result: Any, download: Deferred[bytes]) -> Any:
        self._downloads.discard(download)
        return result

    def _keep(self, poem: bytes) -> bytes:
        # An empty poem is passed on, but asked for again: a server that is out of files ends without a byte, too.
        self._log.info("Got a poem of {size} bytes", size=len(poem))
        self._poem = poem
        return poem

    def _failed(self, failure: Failure) -> Failure:
        if failure.check(CancelledError):
            self._log.info("Cancelled the download")
        elif failure.check(OSError):
            why = plain_words(cast(OSError, failure.value))
            self._log.warn("No poem from {upstream}: {why}", upstream=format_address(self._upstream), why=why)
        return failure

    def stopService(self) -> Deferred[None]:
        """Cancel the downloads; fires when their connections, and the clients', have been cut."""
        from twisted.internet import reactor

        super().stopService()
        for download in list(self._downloads):
            download.cancel()
        # Cut they are in the reactor's next turn.  A program that ended before would end them in peace instead, and
        # a client would have got an empty poem.
        return deferLater(cast(Any, reactor), 0)


class PoetryProxyProtocol(Protocol):
    """Sends the poem when the service has it; cancels the wait for it when its client hangs up."""

    def __init__(self, service: ProxyService) -> None:
        self._service = service

    def connectionMade(self) -> None:
        """Ask for the poem."""
        self._poem = self._service.get_poem()
        self._poem.addCallbacks(self._send, self._cut_off)

    def _send(self, poem: bytes) -> None:
        transport = cast(tcp.Server, self.transport)
        transport.write(poem)
        transport.loseConnection()

    def _cut_off(self, failure: Failure) -> None:
        cast(tcp.Server, self.transport).abortConnection()
        failure.trap(OSError, CancelledError)  # these the service has told; anything else is a fault of ours

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Nobody wants the poem any more.  Once it has come, this does nothing."""
        self._poem.cancel()


class PoetryProxyFactory(Factory):
    """Makes a protocol for each connection, all with one service and so with one kept poem."""

    noisy = False

    def __init__(self, service: ProxyService) -> None:
        self._service = service

    def buildProtocol(self, addr: object) -> PoetryProxyProtocol:
        """Make the protocol of one connection."""
        return PoetryProxyProtocol(self._service)


def poetry_proxy(upstream: Address, port: int, iface: str) -> MultiService:
    """The proxy as one service: the poem, and the port (0: any) that it is served on."""
    both = MultiService()
    proxy = ProxyService(upstream)
    proxy.setServiceParent(both)
    TCPServer(port, PoetryProxyFactory(proxy), interface=iface).setServiceParent(both)
    return both
