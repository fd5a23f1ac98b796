"""The time-outs of the transform server and of its clients.  For pytest and trial."""

import socket
import struct
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import Clock
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase

from slowpoetry.address import Address
from slowpoetry.transform import inlinecallbacks_alone, proxy
from slowpoetry.transform.proxy import TransformProxy
from slowpoetry.transform.server import PATIENCE, TransformProtocol
from slowpoetry.transform.transformations import TRANSFORMATIONS

SOON = 0.1  # seconds
KERNEL_HOLDS = 4096  # bytes; an answer is larger


class Noticed:
    """An event that a test can wait for; it can happen once."""

    def __init__(self) -> None:
        self.happened: Deferred[None] = Deferred()

    def note(self) -> None:
        if not self.happened.called:
            self.happened.callback(None)


class SilentClient(TestCase):
    """A server with a clock that the tests advance, and a client that has connected."""

    timeout = 60

    def setUp(self) -> Deferred[None]:
        self.clock, self.said = Clock(), list[str]()
        self.accepted, self.data, self.spoke, self.gone = Noticed(), Noticed(), Noticed(), Noticed()
        test = self

        class Watched(TransformProtocol):
            def connectionMade(self) -> None:
                super().connectionMade()
                test.accepted.note()

            def dataReceived(self, data: bytes) -> None:
                super().dataReceived(data)
                test.data.note()

            def connectionLost(self, reason: Failure = connectionDone) -> None:
                super().connectionLost(reason)
                test.gone.note()

        def say(line: str) -> None:
            self.said.append(line)
            self.spoke.note()

        factory = Factory.forProtocol(lambda: Watched(TRANSFORMATIONS, say, self.clock))
        factory.noisy = False
        self.port: Any = reactor.listenTCP(0, factory, interface="127.0.0.1")
        self.addCleanup(self.port.stopListening)
        self.port.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_HOLDS)  # the connections inherit it
        self.client = socket.socket()
        self.addCleanup(self.client.close)
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_HOLDS)
        self.client.settimeout(self.timeout)
        self.client.connect(("127.0.0.1", self.port.getHost().port))
        name, number = self.client.getsockname()
        self.cut_off = f"{name}:{number}: cut off: silent for 60 seconds"
        return self.accepted.happened

    async def test_a_silent_client_is_cut_off_after_a_while(self) -> None:
        self.clock.advance(PATIENCE - 1)
        self.assertEqual(self.said, [])
        self.clock.advance(1)
        await self.gone.happened
        self.assertEqual(self.said, [self.cut_off])
        self.assertRaises(ConnectionResetError, self.client.recv, 1)

    async def test_the_time_out_counts_from_the_last_byte(self) -> None:
        self.clock.advance(PATIENCE - 1)
        self.client.sendall(b"17:")
        await self.data.happened
        self.clock.advance(PATIENCE - 1)
        self.assertEqual(self.said, [])
        self.clock.advance(1)
        await self.gone.happened
        self.assertEqual(self.said, [self.cut_off])

    async def test_a_client_that_does_not_read_its_answer_is_cut_off_too(self) -> None:
        request = b"cummingsify." + b"A" * 100 * KERNEL_HOLDS
        await deferToThread(self.client.sendall, b"%d:%b," % (len(request), request))
        await self.spoke.happened
        self.clock.advance(PATIENCE)
        await self.gone.happened
        self.assertEqual(self.said[1:], [self.cut_off])

    async def test_a_client_that_has_gone_leaves_no_timer(self) -> None:
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.client.close()
        await self.gone.happened
        self.assertEqual((self.clock.getDelayedCalls(), self.said), ([], []))


class SilentServer(TestCase):
    """A transform server that accepts and never answers."""

    timeout = 60

    def setUp(self) -> None:
        self.asked, self.gone = Noticed(), Noticed()
        server = Protocol()
        server.dataReceived = lambda data: self.asked.note()  # type: ignore[method-assign]
        server.connectionLost = lambda reason=connectionDone: self.gone.note()  # type: ignore[method-assign]
        factory = Factory.forProtocol(lambda: server)
        factory.noisy = False
        self.port: Any = reactor.listenTCP(0, factory, interface="127.0.0.1")
        self.addCleanup(self.port.stopListening)
        host = self.port.getHost()
        self.proxy = TransformProxy(Address(host.host, host.port), "cummingsify")

    async def test_the_wait_for_an_answer_times_out_and_the_connection_ends(self) -> None:
        self.patch(proxy, "PATIENCE", SOON)
        await self.assertFailure(self.proxy.transform(reactor, b"A poem"), TimeoutError)
        await self.gone.happened

    async def test_cancelling_it_ends_the_connection(self) -> None:
        answer = self.proxy.transform(reactor, b"A poem")
        await self.asked.happened
        answer.cancel()
        await self.assertFailure(answer, CancelledError)
        await self.gone.happened


class UnexpectedError(SynchronousTestCase):
    """The client without callbacks stops the reactor whatever happens."""

    def test_the_reactor_stops_after_the_last_task_even_if_each_fails_unexpectedly(self) -> None:
        class Reactor:
            stops = 0

            def stop(self) -> None:
                self.stops += 1

        reactor = Reactor()
        unfinished, failed = {1, 2}, set[int]()
        self.patch(inlinecallbacks_alone, "get_transformed_poem", lambda *arguments: fail(KeyError("a bug")))
        server = Address("127.0.0.1", 1)
        for task, stops in ((1, 0), (2, 1)):
            fetched = inlinecallbacks_alone.fetch(
                reactor, TransformProxy(server, "cummingsify"), task, server, unfinished, failed
            )
            self.failureResultOf(fetched, KeyError)
            self.assertEqual(reactor.stops, stops)
        self.assertEqual(failed, {1, 2})
