"""The fast poetry server: it sends the whole poem at once (seed part 16).

The service holds the poem, and the protocol sends it.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

from twisted.application.service import MultiService, Service
from twisted.internet import tcp
from twisted.internet.protocol import Factory, Protocol
from twisted.logger import Logger

from slowpoetry.address import Address, format_address
from slowpoetry.option_values import read_poem
from slowpoetry.services.listening import ListeningService, description


class PoetryService(Service):
    """Holds a poem while it runs; `poem` has the bytes, which are read when the service starts.

    Starting it raises UnreadablePoem if the file cannot be read.
    """

    _log = Logger()

    def __init__(self, poem_file: Path) -> None:
        self._poem_file = poem_file
        self.poem = b""

    def startService(self) -> None:
        """Read the poem."""
        self.poem = read_poem(self._poem_file)
        super().startService()
        self._log.info("Read a poem of {size} bytes from {file}", size=len(self.poem), file=self._poem_file)


class FastPoetryProtocol(Protocol):
    """Sends the poem, then closes the connection."""

    _log = Logger()

    def __init__(self, service: PoetryService) -> None:
        self._service = service

    def connectionMade(self) -> None:
        """Send the poem at once, because every client wants it."""
        transport = cast(tcp.Server, self.transport)
        peer, poem = transport.getPeer(), self._service.poem
        # Other endpoints than TCP's have other addresses.
        who = format_address(Address(peer.host, peer.port)) if hasattr(peer, "port") else str(peer)
        self._log.info("Sending {size} bytes of poetry to {peer}", size=len(poem), peer=who)
        transport.write(poem)
        transport.loseConnection()


class FastPoetryFactory(Factory):
    """Makes a protocol for each connection; all of them share the poem of one service."""

    def __init__(self, service: PoetryService) -> None:
        self._service = service

    def buildProtocol(self, addr: object) -> FastPoetryProtocol:
        """Make the protocol of one connection."""
        return FastPoetryProtocol(self._service)


def fast_poetry(poem_file: Path, port: int | str, iface: str = "") -> MultiService:
    """The server as one service, which reads the poem and serves it at the port (see `description`)."""
    both = MultiService()
    poetry = PoetryService(poem_file)
    poetry.setServiceParent(both)
    ListeningService(description(port, iface), lambda _: FastPoetryFactory(poetry)).setServiceParent(both)
    return both
