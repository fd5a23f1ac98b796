"""The poetry proxy, version 3.0: it fetches one poem from the server behind it and keeps it once it is whole (part 19).

Until then each client has its own download, and a client that hangs up cancels only that one.  If there is no poem,
the connection to the client is reset, because a normal end would look like a whole, empty poem.
"""

from __future__ import annotations

from typing import Any, cast

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
from slowpoetry.services.listening import ListeningService, description


class ProxyService(Service):
    """Fetches the poem from the server at `upstream` and keeps it."""

    _log = Logger()

    def __init__(self, upstream: Address) -> None:
        self._upstream = upstream
        self._poem = b""
        self._downloads: set[Deferred[bytes]] = set()

    def get_poem(self) -> Deferred[bytes]:
        """Return a Deferred that fires with the whole poem; if the poem is kept, it has already fired.

        It fails with CancelledError if it is cancelled, and with OSError if the download fails; both are logged here.
        """
        if self._poem:
            self._log.info("Using the kept poem")
            return succeed(self._poem)
        self._log.info("Fetching the poem from {upstream}", upstream=format_address(self._upstream))
        from twisted.internet import reactor

        # A download for one client is always task 1, and its progress is not shown.
        download = get_poetry(reactor, 1, self._upstream, tell=lambda line: None)
        self._downloads.add(download)
        return download.addBoth(self._ended, download).addCallbacks(self._keep, self._failed)

    def _ended(self, result: Any, download: Deferred[bytes]) -> Any:
        self._downloads.discard(download)
        return result

    def _keep(self, poem: bytes) -> bytes:
        # An empty poem is passed on but fetched again next time: a server without free file descriptors also ends
        # the connection without a byte.
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
        """Cancel the downloads; fires when their connections and those of the clients have been reset."""
        from twisted.internet import reactor

        super().stopService()
        for download in list(self._downloads):
            download.cancel()
        # The resets happen in the reactor's next turn.  If the program ended before, the connections would end
        # normally, and a client would take that as an empty poem.
        return deferLater(cast(Any, reactor), 0)


class PoetryProxyProtocol(Protocol):
    """Sends the poem when the service has it; cancels the download when its client hangs up."""

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
        failure.trap(OSError, CancelledError)  # the service has logged these; anything else is a bug of the proxy

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Cancel the download, because nobody wants the poem any more; if the poem has come, this has no effect."""
        self._poem.cancel()


class PoetryProxyFactory(Factory):
    """Makes a protocol for each connection; all of them share one service, and so one kept poem."""

    noisy = False

    def __init__(self, service: ProxyService) -> None:
        self._service = service

    def buildProtocol(self, addr: object) -> PoetryProxyProtocol:
        """Make the protocol of one connection."""
        return PoetryProxyProtocol(self._service)


def poetry_proxy(upstream: Address, port: int | str, iface: str = "") -> MultiService:
    """The proxy as one service, which fetches the poem and serves it at the port (see `description`)."""
    both = MultiService()
    proxy = ProxyService(upstream)
    proxy.setServiceParent(both)
    ListeningService(description(port, iface), lambda _: PoetryProxyFactory(proxy)).setServiceParent(both)
    return both
