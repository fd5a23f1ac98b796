"""The slow poetry server on real TCP: what arrives at its clients, and what it logs.  For pytest and trial.

The server uses a clock that the tests advance, so that no test waits for time to pass.
"""

import itertools
import resource
import socket
import struct
from typing import Any

from twisted.internet import defer, reactor, tcp
from twisted.internet.task import Clock
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from slowpoetry.schedule import Act, even_schedule
from slowpoetry.server.slow import SlowPoem, SlowPoetryFactory, SlowPoetryProtocol, listen

POEM = bytes(range(256)) * 4
ACCEPT = 1000.0  # the clock does not start at zero
ENDS = ("close", "reset", "hang-up")
KERNEL_HOLDS = 1_000_000  # bytes; much more than the small buffers below


class Log:
    """A send log in memory, for which a test can wait."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self._news: defer.Deferred[None] = defer.Deferred()

    def record(self, t: float, act: str, server: int, conn: int, peer: str | None = None, **details: object) -> None:
        details = details if peer is None else {"peer": peer}
        self.records.append({"t": t, "act": act, "server": server, "conn": conn, **details})
        news, self._news = self._news, defer.Deferred()
        reactor.callLater(0, news.callback, None)

    def record_send(self, t: float, server: int, conn: int, start: int, end: int, due: float | None) -> None:
        self.record(t, "send", server, conn, start=start, end=end, **({} if due is None else {"due": due}))

    async def until(self, *acts: str, count: int = 1) -> None:
        while len(self.of(*acts)) < count:
            await self._news

    def of(self, *acts: str) -> list[dict[str, Any]]:
        return [entry for entry in self.records if entry["act"] in acts]

    def acts(self) -> list[str]:
        return [entry["act"] for entry in self.records]

    def sent(self) -> int:
        return max((entry["end"] for entry in self.of("send")), default=0)


class SlowServer(TestCase):
    """One server and some clients; connections that a test leaves open are reset."""

    timeout = 60

    def setUp(self) -> None:
        self.patch(tcp, "_reservedFD", tcp._NullFileDescriptorReservation())  # so that it leaves no spare file open
        self.clock, self.log = Clock(), Log()
        self.clock.advance(ACCEPT)
        self.served: list[SlowPoetryProtocol] = []
        self.clients: list[socket.socket] = []

    async def tearDown(self) -> None:
        for client in self.clients:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
        await self.log.until(*ENDS, count=len(self.served))
        await defer.maybeDeferred(self.port.stopListening)

    def serve(self, poem: bytes, *acts: Act, buffer: int | None = None) -> None:
        test = self

        class Factory(SlowPoetryFactory):
            def buildProtocol(self, addr: object) -> SlowPoetryProtocol:
                test.served.append(super().buildProtocol(addr))
                return test.served[-1]

        factory = Factory(SlowPoem(1, poem, acts), self.log, self.clock, self.clock.seconds)
        self.port = listen(factory, 0, "127.0.0.1", reactor)
        if buffer:  # the connections inherit it
            self.port.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)

    def connect(self, buffer: int | None = None) -> socket.socket:
        client = socket.socket()
        if buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        client.settimeout(self.timeout)
        client.connect(("127.0.0.1", self.port.getHost().port))  # the kernel answers, even before the accept
        self.clients.append(client)
        return client

    async def connected(self, **options: int) -> socket.socket:
        client = self.connect(**options)
        await self.log.until("accept", count=len(self.clients))
        return client

    async def test_a_poem_arrives_byte_for_byte_and_then_the_end(self) -> None:
        self.serve(POEM, *even_schedule(len(POEM), num_bytes=100, delay=0.0))
        assert await deferToThread(read_all, self.connect()) == POEM
        await self.log.until("close")

    async def test_an_empty_poem_is_an_end_without_bytes(self) -> None:
        self.serve(b"", *even_schedule(0, num_bytes=100, delay=1.0))
        assert await deferToThread(read_all, self.connect()) == b""
        await self.log.until("close")
        assert self.log.acts() == ["accept", "close"]

    async def test_each_connection_is_served_from_its_own_accept(self) -> None:
        self.serve(POEM, Act(1.0, "send", 10), Act(2.0, "send", 20), Act(3.0, "close"))
        early = await self.connected()
        self.clock.advance(1.0)
        late = await self.connected()
        assert await deferToThread(early.recv, 999) == POEM[:10]
        self.clock.advance(1.0)
        assert await deferToThread(early.recv, 999) == POEM[10:30]
        assert await deferToThread(late.recv, 999) == POEM[:10]
        self.clock.advance(2.0)
        assert await deferToThread(read_all, early) == b""
        assert await deferToThread(read_all, late) == POEM[10:30]
        assert [(entry["conn"], entry["t"] - ACCEPT) for entry in self.log.of("send")] == [
            *((1, 1.0), (1, 2.0)),
            *((2, 2.0), (2, 4.0)),
        ]

    async def test_five_separate_chunks_arrive_as_five_reads(self) -> None:
        self.serve(POEM, *even_schedule(50, num_bytes=10, delay=1.0))
        client = await self.connected()
        assert self.served[
            0
        ].transport.getTcpNoDelay()  # otherwise a chunk would wait for the acknowledgement of the one before
        reads = []
        for _ in range(5):
            self.clock.advance(1.0)
            reads.append(await deferToThread(client.recv, 999))
        assert reads == [POEM[start : start + 10] for start in range(0, 50, 10)]

    async def test_a_reset_comes_after_the_bytes_before_it_and_is_logged(self) -> None:
        self.serve(POEM, *even_schedule(len(POEM), num_bytes=100, delay=1.0, reset_after=150))
        client = await self.connected()
        for expected in (100, 50):
            self.clock.advance(1.0)
            assert len(await deferToThread(client.recv, 999)) == expected
        self.clock.advance(1.0)
        with self.assertRaises(ConnectionResetError):
            await deferToThread(client.recv, 999)
        await self.log.until("reset")
        assert self.log.acts() == ["accept", "send", "send", "reset"]

    async def test_nothing_is_sent_after_a_connection_is_reset(self) -> None:
        self.serve(POEM, *even_schedule(len(POEM), num_bytes=100, delay=1.0))
        await self.connected()
        self.served[0].cut()
        self.clock.advance(1.0)  # the chunk is due before the transport has closed
        await self.log.until("reset")
        assert self.log.acts() == ["accept", "reset"]

    async def test_a_hang_up_is_logged_and_the_rest_of_the_schedule_is_dropped(self) -> None:
        self.serve(POEM, *even_schedule(len(POEM), num_bytes=100, delay=1.0))
        client = await self.connected()
        self.clock.advance(1.0)
        await self.log.until("send")
        client.close()  # there are unread bytes, so the kernel resets the connection
        await self.log.until("hang-up")
        assert self.log.acts() == ["accept", "send", "hang-up"]
        assert self.clock.getDelayedCalls() == []
        self.clients.clear()

    async def test_if_a_client_leaves_with_nothing_unread_only_the_next_chunks_show_it(self) -> None:
        self.serve(POEM, *even_schedule(len(POEM), num_bytes=100, delay=1.0))
        (await self.connected()).close()
        self.clients.clear()
        await self.log.until("half-close")
        self.clock.advance(1.0)
        await self.log.until("send")  # until then TCP cannot know
        self.clock.advance(1.0)
        await self.log.until("hang-up")
        assert self.log.acts() == ["accept", "half-close", "send", "hang-up"]

    async def test_a_client_that_ends_its_side_still_gets_the_rest(self) -> None:
        self.serve(POEM, *even_schedule(200, num_bytes=100, delay=1.0))
        client = await self.connected()
        client.shutdown(socket.SHUT_WR)
        await self.log.until("half-close")
        self.clock.advance(1.0)
        self.clock.advance(1.0)
        assert await deferToThread(read_all, client) == POEM[:200]
        await self.log.until("close")
        assert self.log.acts() == ["accept", "half-close", "send", "send", "close"]

    async def test_a_stalled_server_sends_nothing_more_and_keeps_the_connection(self) -> None:
        self.serve(POEM, Act(1.0, "send", 100), Act(1.0, "stall"))
        client = await self.connected()
        self.clock.advance(1.0)
        assert await deferToThread(client.recv, 999) == POEM[:100]
        self.clock.advance(3600.0)
        await deferToThread(self.connect)
        await self.log.until("accept", count=2)  # by now everything for the first client has arrived
        client.setblocking(False)
        with self.assertRaises(BlockingIOError):
            client.recv(999)
        assert not self.log.of(*ENDS)

    async def test_a_client_that_ends_its_side_of_a_stalled_connection_hangs_up(self) -> None:
        self.serve(POEM, Act(1.0, "send", 100), Act(1.0, "stall"))
        client = await self.connected()
        self.clock.advance(1.0)
        assert await deferToThread(client.recv, 999) == POEM[:100]
        client.shutdown(socket.SHUT_WR)
        assert await deferToThread(read_all, client) == b""  # the server closes too
        await self.log.until("hang-up")
        assert self.log.acts() == ["accept", "send", "hang-up"]

    async def test_a_client_that_resets_a_stalled_connection_hangs_up(self) -> None:
        self.serve(POEM, Act(0.0, "stall"))
        client = await self.connected()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        self.clients.clear()
        await self.log.until("hang-up")
        assert self.log.acts() == ["accept", "hang-up"]

    async def test_a_client_that_ended_its_side_earlier_hangs_up_when_the_stall_comes(self) -> None:
        self.serve(POEM, Act(1.0, "send", 100), Act(2.0, "stall"))
        client = await self.connected()
        client.shutdown(socket.SHUT_WR)
        await self.log.until("half-close")
        self.clock.advance(1.0)
        await self.log.until("send")
        assert not self.log.of(*ENDS)
        self.clock.advance(1.0)
        assert await deferToThread(read_all, client) == POEM[:100]
        await self.log.until("hang-up")
        assert self.log.acts() == ["accept", "half-close", "send", "hang-up"]

    async def test_a_server_that_ends_only_its_own_side_waits_for_the_client_to_hang_up(self) -> None:
        self.serve(POEM, Act(1.0, "send", 100), Act(1.0, "fin"))
        client = await self.connected()
        self.clock.advance(1.0)
        assert await deferToThread(read_all, client) == POEM[:100]
        await self.log.until("fin")
        client.send(b"are you still there?")
        await deferToThread(self.connect)
        await self.log.until("accept", count=2)  # by now everything from the first client has arrived
        assert not self.log.of(*ENDS)
        client.close()
        self.clients.remove(client)
        await self.log.until("hang-up")
        assert self.log.acts() == ["accept", "send", "fin", "accept", "hang-up"]

    async def test_a_client_that_ended_its_side_earlier_hangs_up_when_the_server_ends_its_side(self) -> None:
        self.serve(POEM, Act(1.0, "send", 100), Act(1.0, "fin"))
        client = await self.connected()
        client.shutdown(socket.SHUT_WR)
        await self.log.until("half-close")
        self.clock.advance(1.0)
        assert await deferToThread(read_all, client) == POEM[:100]
        await self.log.until("hang-up")
        assert self.log.acts() == ["accept", "half-close", "send", "fin", "hang-up"]

    async def test_a_server_ends_its_side_only_after_all_its_bytes(self) -> None:
        poem = POEM * 1000
        self.serve(poem, Act(0.0, "send", len(poem)), Act(0.0, "fin"), buffer=4096)
        client = await self.connected(buffer=4096)
        assert self.log.sent() < len(poem)
        assert await deferToThread(read_all, client) == poem
        await self.log.until("fin")
        assert [entry["act"] for entry in self.log.records[-2:]] == ["send", "fin"]

    async def test_the_records_of_a_connection_are_complete_and_in_order(self) -> None:
        self.serve(POEM, *even_schedule(250, num_bytes=100, delay=1.0))
        client = await self.connected()
        for count in (1, 2, 3):
            self.clock.advance(1.0)
            await self.log.until("send", count=count)
        assert await deferToThread(read_all, client) == POEM[:250]
        await self.log.until("close")
        peer = "{}:{}".format(*client.getsockname())
        whole = {"server": 1, "conn": 1}
        assert self.log.records == [
            {**whole, "t": ACCEPT, "act": "accept", "peer": peer},
            {**whole, "t": ACCEPT + 1, "act": "send", "start": 0, "end": 100, "due": ACCEPT + 1},
            {**whole, "t": ACCEPT + 2, "act": "send", "start": 100, "end": 200, "due": ACCEPT + 2},
            {**whole, "t": ACCEPT + 3, "act": "send", "start": 200, "end": 250, "due": ACCEPT + 3},
            {**whole, "t": ACCEPT + 3, "act": "close"},
        ]

    async def test_a_client_that_does_not_read_makes_no_chunk_late(self) -> None:
        poem = POEM * 4096  # 4 MB: more than the small buffers hold
        half = len(poem) // 2
        self.serve(poem, Act(0.0, "send", half), Act(1.0, "send", half), Act(1.0, "close"), buffer=1 << 16)
        client = await self.connected(buffer=4096)
        await self.log.until("send")
        self.clock.advance(1.0)  # the first chunk is still waiting when the second is due
        assert (
            0 < self.log.sent() < KERNEL_HOLDS
        )  # only the bytes that the kernel took, not all that Twisted was asked to write
        assert await deferToThread(read_all, client) == poem
        await self.log.until("close")
        sends = self.log.of("send")
        assert [entry["start"] for entry in sends] == [0, *(entry["end"] for entry in sends[:-1])]
        assert sends[-1]["end"] == len(poem)
        assert ["due" in entry for entry in sends] == [True] + [False] * (len(sends) - 1)

    async def test_a_chunk_is_not_late_if_the_kernel_has_no_room(self) -> None:
        poem = POEM * 1024
        self.serve(poem, *even_schedule(len(poem), num_bytes=1000, delay=1.0), buffer=1)
        client = await self.connected(buffer=1)
        chunks = 0
        while self.log.sent() == 1000 * chunks:  # until the kernel takes no more
            self.clock.advance(1.0)
            chunks += 1
        taken = len(self.log.of("send"))
        received = 0
        while received < 1000 * chunks:
            received += len(await deferToThread(client.recv, 999))
        await self.log.until("send", count=taken + 1)
        assert ["due" in entry for entry in self.log.of("send")] == [True] * taken + [False]

    async def test_a_thousand_clients_at_once_each_get_every_byte(self) -> None:
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        self.serve(POEM, *even_schedule(len(POEM), num_bytes=400, delay=1.0))
        await deferToThread(lambda: [self.connect() for _ in range(1000)])
        await self.log.until("accept", count=1000)
        assert not self.log.of(*ENDS)  # all are open at once
        for _ in range(3):
            self.clock.advance(1.0)
        assert await deferToThread(lambda: [read_all(client) for client in self.clients]) == [POEM] * 1000
        await self.log.until("close", count=1000)


def read_all(client: socket.socket) -> bytes:
    return b"".join(itertools.takewhile(bool, iter(lambda: client.recv(1 << 16), None)))
