"""The poetry proxy on real TCP, between real clients and a real slow server (seed part 19).  For pytest and trial.

The slow server uses a clock that the tests advance; its send log shows what the proxy does.
"""

import json
import re
import signal
import socket
import time
from typing import Any

from twisted.internet import reactor, tcp
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock
from twisted.internet.threads import deferToThread
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import TestCase

from slowpoetry.address import Address
from slowpoetry.proxy.service import PoetryProxyFactory, ProxyService
from slowpoetry.schedule import Act
from slowpoetry.server.slow import SlowPoem, SlowPoetryFactory, listen
from tests.programs import Program, ProgramTestCase, connect, read_all
from tests.scripted_server import dead_port

POEM = bytes(range(256)) * 4
IN_THREE = (Act(1.0, "send", 100), Act(2.0, "send", 900), Act(3.0, "send", 24), Act(3.0, "close"))
ENDS = ("close", "reset", "hang-up")
RESET_MIDWAY = (Act(1.0, "send", 100), Act(2.0, "reset"))


class Witness:
    """A send log in memory, for which a test can wait."""

    def __init__(self) -> None:
        self.acts: list[tuple[int, str]] = []
        self._news: Deferred[None] = Deferred()

    def record_send(self, t: float, server: int, conn: int, start: int, end: int, due: float | None) -> None:
        self.record(t, "send", server, conn)

    def record(self, t: float, act: str, server: int, conn: int, peer: str | None = None) -> None:
        self.acts.append((conn, act))
        news, self._news = self._news, Deferred()
        reactor.callLater(0, news.callback, None)

    async def until(self, act: str, conn: int = 1) -> None:
        while (conn, act) not in self.acts:
            await self._news

    async def until_all_ended(self) -> None:
        while not all(self.of(conn)[-1] in ENDS for conn, _ in self.acts):
            await self._news

    def of(self, conn: int) -> list[str]:
        return [act for number, act in self.acts if number == conn]


class Proxy(TestCase):
    """One slow server and one proxy; the clients are plain sockets of the test."""

    timeout = 120

    async def setUp(self) -> None:
        self.patch(tcp, "_reservedFD", tcp._NullFileDescriptorReservation())  # so that it leaves no spare file open
        self.clock, self.witness = Clock(), Witness()
        self.clients: list[socket.socket] = []
        self.serve(*IN_THREE)
        self.proxy = ProxyService(Address("127.0.0.1", self.upstream))
        self.proxy.startService()
        self.front = reactor.listenTCP(0, PoetryProxyFactory(self.proxy), interface="127.0.0.1")
        self.addCleanup(self.close)
        logs = capturedLogs()
        self.events = logs.__enter__()
        self.addCleanup(logs.__exit__, None, None, None)

    def serve(self, *acts: Act, port: int = 0) -> None:
        factory = SlowPoetryFactory(SlowPoem(1, POEM, acts), self.witness, self.clock, self.clock.seconds)
        self.witness.acts.clear()  # a server before this one numbered its connections in the same way
        self.server = listen(factory, port, "127.0.0.1", reactor)
        self.upstream: int = self.server.getHost().port

    async def down(self) -> int:
        """Close the server's port; return its number."""
        await maybeDeferred(self.server.stopListening)
        return self.upstream

    async def close(self) -> None:
        await maybeDeferred(self.front.stopListening)
        await self.down()
        await self.proxy.stopService()
        for client in self.clients:
            client.close()
        await self.witness.until_all_ended()

    def connect(self) -> socket.socket:
        self.clients.append(connect(self.front.getHost().port))
        return self.clients[-1]

    async def downloading(self, conn: int = 1) -> socket.socket:
        """A client whose download is connection `conn` of the server."""
        client = self.connect()
        await self.witness.until("accept", conn)
        return client

    def told(self) -> list[str]:
        return [str(formatEvent(event)) for event in self.events if event["log_namespace"].startswith("slowpoetry.")]

    async def is_cut_off(self, client: socket.socket) -> None:
        """The client gets no byte, and no normal end that would look like the end of a poem."""
        with self.assertRaises(ConnectionResetError):
            await deferToThread(client.recv, 1)

    async def test_a_whole_poem_is_passed_on_and_kept(self) -> None:
        client = await self.downloading()
        self.clock.pump([1.0] * 3)
        self.assertEqual(await deferToThread(read_all, client), POEM)
        await self.down()  # a client that comes now is served without the server
        self.assertEqual([await deferToThread(read_all, self.connect()) for _ in range(2)], [POEM] * 2)
        self.assertEqual(self.witness.of(2), [])
        self.assertEqual(
            [re.sub(r"\d+\.\d+\.\d+\.\d+:\d+", "UPSTREAM", line) for line in self.told()],
            [
                "Fetching the poem from UPSTREAM",
                f"Got a poem of {len(POEM)} bytes",
                "Using the kept poem",
                "Using the kept poem",
            ],
        )

    async def test_an_empty_poem_is_passed_on_but_fetched_again(self) -> None:
        port = await self.down()
        self.serve(Act(0.0, "close"), port=port)
        self.assertEqual([await deferToThread(read_all, self.connect()) for _ in range(2)], [b""] * 2)
        await self.witness.until("close", 2)
        await self.down()
        self.serve(Act(0.0, "send", len(POEM)), Act(0.0, "close"), port=port)
        self.assertEqual(await deferToThread(read_all, self.connect()), POEM)

    async def test_an_unfinished_download_is_neither_passed_on_nor_shared(self) -> None:
        first = await self.downloading(1)
        self.clock.pump([1.0] * 2)
        await self.witness.until("send", 1)
        second = await self.downloading(2)
        for client in (first, second):
            client.setblocking(False)
            self.assertRaises(BlockingIOError, client.recv, 1)
            client.settimeout(self.timeout)
        self.clock.advance(1.0)
        self.assertEqual(await deferToThread(read_all, first), POEM)
        self.clock.pump([1.0] * 2)
        self.assertEqual(await deferToThread(read_all, second), POEM)

    async def test_when_its_client_hangs_up_the_server_stops_sending(self) -> None:
        client = await self.downloading()
        self.clock.advance(1.0)
        client.close()
        await self.witness.until("hang-up")
        self.clock.pump([1.0] * 3)
        self.assertEqual(self.witness.of(1), ["accept", "send", "hang-up"])
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertEqual(self.told()[-1], "Cancelled the download")

    async def test_a_client_that_hangs_up_does_not_affect_the_others(self) -> None:
        clients = [await self.downloading(conn) for conn in (1, 2, 3)]
        self.clock.advance(1.0)
        clients[0].close()
        await self.witness.until("hang-up", 1)
        self.clock.advance(1.0)
        clients[2].close()
        await self.witness.until("hang-up", 3)
        self.clock.advance(1.0)
        self.assertEqual(await deferToThread(read_all, clients[1]), POEM)
        self.assertEqual(await deferToThread(read_all, self.connect()), POEM)

    async def test_a_cancelled_download_leaves_nothing_for_the_next_client(self) -> None:
        client = await self.downloading(1)
        self.clock.advance(2.0)
        client.close()
        await self.witness.until("hang-up", 1)
        again = await self.downloading(2)
        self.clock.pump([1.0] * 3)
        self.assertEqual(await deferToThread(read_all, again), POEM)

    async def test_if_the_server_is_down_the_client_is_reset_and_the_next_one_causes_another_try(self) -> None:
        port = await self.down()
        await self.is_cut_off(self.connect())
        self.assertEqual(self.told()[-1], f"No poem from 127.0.0.1:{port}: connection refused")
        self.serve(*IN_THREE, port=port)
        client = await self.downloading()
        self.clock.pump([1.0] * 3)
        self.assertEqual(await deferToThread(read_all, client), POEM)

    async def test_an_incomplete_poem_is_not_passed_on(self) -> None:
        port = await self.down()
        self.serve(*RESET_MIDWAY, port=port)
        client = await self.downloading(1)
        self.clock.pump([1.0] * 2)
        await self.is_cut_off(client)
        self.assertEqual(self.told()[-1], f"No poem from 127.0.0.1:{port}: connection reset")
        await self.down()
        self.serve(*IN_THREE, port=port)
        again = await self.downloading(1)
        self.clock.pump([1.0] * 3)
        self.assertEqual(await deferToThread(read_all, again), POEM)

    async def test_a_stopping_service_cancels_the_downloads(self) -> None:
        clients = [await self.downloading(conn) for conn in (1, 2)]
        await self.proxy.stopService()
        for client in clients:
            await self.is_cut_off(client)
        for conn in (1, 2):
            await self.witness.until("hang-up", conn)


class ByHand(ProgramTestCase):
    """`python -m slowpoetry.proxy` in front of `python -m slowpoetry.server`."""

    def server(self, *options: object) -> tuple[Program, int]:
        server = self.python("slowpoetry.server", "--log", "ndjson", *options, self.poem("poem.txt", POEM))
        return server, int(self.said(server, r"^Serving .* on 127\.0\.0\.1:(\d+)\.$")[1])

    def proxy(self, upstream: int) -> tuple[Program, int]:
        """Start the proxy and return it with its port, which its first line names."""
        proxy = self.python("slowpoetry.proxy", "--port", 0, "--upstream", upstream)
        said = proxy.stdout.readline()
        match = re.fullmatch(rf"Proxying 127\.0\.0\.1:{upstream} on 127\.0\.0\.1:(\d+)\.\n", said)
        self.assertTrue(match, said)
        return proxy, int(match[1])

    def act(self, server: Program, act: str) -> dict[str, Any]:
        """Wait for an act in the send log."""
        return dict(json.loads(self.said(server, f'.*"act":"{act}".*')[0]))

    def test_a_poem_is_fetched_once(self) -> None:
        server, upstream = self.server("--delay", 0)
        proxy, port = self.proxy(upstream)
        self.assertEqual([read_all(connect(port)) for _ in range(3)], [POEM] * 3)
        self.assertEqual([self.act(server, act)["conn"] for act in ("accept", "close")], [1, 1])
        status, said = self.stopped(proxy, signal.SIGINT)
        self.assertEqual(status, 0)
        lines = [f"Fetching the poem from 127.0.0.1:{upstream}", f"Got a poem of {len(POEM)} bytes"]
        self.assertEqual(said.splitlines(), [*lines, *["Using the kept poem"] * 2])
        self.assertEqual(self.stopped(server, signal.SIGINT), (0, ""))

    def test_a_client_that_hangs_up_stops_the_slow_server(self) -> None:
        server, upstream = self.server("--delay", 0.1, "--num-bytes", 1)
        proxy, port = self.proxy(upstream)
        with connect(port):
            self.act(server, "send")
            hung_up = time.monotonic()
        self.said(proxy, "^Cancelled the download$")
        last = self.act(server, "hang-up")
        self.assertGreater(last["t"], hung_up)  # both programs use the same clock
        with connect(port):
            self.assertEqual(self.act(server, "accept")["conn"], 2)
            self.act(server, "send")
        self.act(server, "hang-up")
        _, rest = self.stopped(server, signal.SIGINT)
        self.assertEqual(rest, "")  # so neither of them sent another byte

    def test_a_proxy_that_is_stopped_during_a_download_stops_the_slow_server_too(self) -> None:
        for how in (signal.SIGINT, signal.SIGTERM):
            server, upstream = self.server("--delay", 3600)
            proxy, port = self.proxy(upstream)
            with connect(port) as client:
                self.act(server, "accept")
                status, said = self.stopped(proxy, how)
                self.assertEqual(status, 0)
                self.assertEqual(said.splitlines()[-1], "Cancelled the download")
                self.assertRaises(ConnectionResetError, client.recv, 1)
            self.act(server, "hang-up")

    def test_a_server_that_is_down_is_named_and_the_proxy_keeps_running(self) -> None:
        with dead_port() as upstream:
            proxy, port = self.proxy(int(upstream.rpartition(":")[2]))
            for _ in range(2):
                with self.assertRaises(ConnectionResetError):
                    read_all(connect(port))  # either call may meet the reset, which may come at once
                self.said(proxy, f"^No poem from {upstream}: connection refused$")
        self.assertEqual(self.stopped(proxy, signal.SIGTERM), (0, ""))

    def test_a_port_that_is_taken_is_named(self) -> None:
        with dead_port() as taken:
            proxy = self.python("slowpoetry.proxy", "--upstream", 10001, "--port", taken.rpartition(":")[2])
            self.assertEqual(self.ended(proxy), (1, f"cannot listen on {taken}: Address already in use\n"))

    def test_bad_usage_is_named(self) -> None:
        for arguments, why in (
            ([], "the following arguments are required: --upstream"),
            (["--upstream", "server"], "argument --upstream: bad argument 'server': the port is not a number"),
            (["--upstream", "10001", "--port", "10001"], "--upstream is the proxy's own address"),
            (["--upstream", "10001", "--port", "-1"], "argument --port: '-1' is not a port from 0 to 65535"),
        ):
            status, said = self.ended(self.python("slowpoetry.proxy", *arguments))
            self.assertEqual(status, 2)
            self.assertIn(why, said.splitlines()[-1])
            self.assertNotIn("Traceback", said)
