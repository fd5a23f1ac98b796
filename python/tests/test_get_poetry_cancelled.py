"""Cancelling the Deferred of `get_poetry`, over real TCP: no connection stays open (seed part 19).

For pytest and trial, which fail a test that leaves a connection behind.
"""

import socket
from typing import Any

from twisted.internet import reactor, tcp
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from slowpoetry.address import Address
from slowpoetry.clients.twisted_protocol import get_poetry

SECONDS = 60


class Cancelled(TestCase):
    timeout = SECONDS

    def setUp(self) -> None:
        self.patch(tcp, "_reservedFD", tcp._NullFileDescriptorReservation())  # so that it leaves no spare file open
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.addCleanup(self.listener.close)
        self.listener.settimeout(SECONDS)
        self.address = Address(*self.listener.getsockname())

    def get_poetry(self) -> tuple["Deferred[bytes]", "Deferred[str]"]:
        """A Deferred for the poem, and one for its first progress line."""
        first_line: Deferred[str] = Deferred()
        return get_poetry(reactor, 1, self.address, first_line.callback), first_line

    async def accepted(self) -> socket.socket:
        connection, _ = await deferToThread(self.listener.accept)
        connection.settimeout(SECONDS)
        self.addCleanup(connection.close)
        return connection

    async def refused_the_poem(self, poem: "Deferred[Any]") -> None:
        with self.assertRaises(CancelledError):
            await poem

    async def test_a_download_ends_at_once_and_its_server_sees_a_reset(self) -> None:
        poem, first_line = self.get_poetry()
        server = await self.accepted()
        server.sendall(b"Once")
        await first_line
        poem.cancel()
        await self.refused_the_poem(poem)
        with self.assertRaises(ConnectionResetError):
            await deferToThread(server.recv, 1)

    async def test_an_attempt_to_connect_is_ended(self) -> None:
        crowd = self.fill_the_queue()
        poem, first_line = self.get_poetry()
        await one_turn()
        self.assertNoResult(poem)
        self.assertEqual(connecting(self.address), 1)
        poem.cancel()
        await self.refused_the_poem(poem)
        self.assertEqual(connecting(self.address), 0)
        self.assertNoResult(first_line)
        self.assertTrue(crowd)

    def fill_the_queue(self) -> list[socket.socket]:
        """Connect until the kernel no longer answers: a later connection is neither accepted nor refused."""
        crowd = []
        while True:
            client = socket.socket()
            self.addCleanup(client.close)
            client.settimeout(0.5)
            try:
                client.connect(self.address)
            except TimeoutError:
                client.close()
                return crowd
            crowd.append(client)

    async def test_a_poem_that_has_come_stays(self) -> None:
        poem, _ = self.get_poetry()
        server = await self.accepted()
        server.sendall(b"Once")
        server.close()
        whole = await poem
        poem.cancel()
        self.assertEqual(whole, b"Once")


def connecting(address: Address) -> int:
    """The number of connection attempts that the reactor is waiting for."""
    clients = [writer for writer in reactor.getWriters() if isinstance(writer, tcp.Client)]
    return sum(client.addr == address for client in clients)


def one_turn() -> "Deferred[None]":
    """One turn of the reactor."""
    turned: Deferred[None] = Deferred()
    reactor.callLater(0, turned.callback, None)
    return turned
