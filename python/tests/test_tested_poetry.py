"""Tested poetry: our fetch function against our server, in trial's style (seed part 15).

`./lab trial python/tests/test_tested_poetry.py` runs it, and pytest does as well. The steps of a test are callbacks of
the reactor: a step that takes time returns a Deferred, and trial continues when that has fired.
"""

import random
import socket
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from slowpoetry.address import Address
from slowpoetry.clients.twisted_protocol import get_poetry
from slowpoetry.schedule import Schedule, even_schedule
from slowpoetry.server.slow import SlowPoem, SlowPoetryFactory, listen

POEM = "Un poème\nest un os.\n".encode()
FAST = even_schedule(len(POEM), num_bytes=len(POEM), delay=0)
SLOW = even_schedule(len(POEM), num_bytes=5, delay=0.02, jitter=1, rng=random.Random(15))
CUT_SHORT = even_schedule(len(POEM), num_bytes=5, delay=0.02, reset_after=10)


class Silence:
    """A send log for tests that only examine the client."""

    def record(self, *record: object) -> None:
        """Drop the record."""

    record_send = record


class PoetryTestCase(TestCase):
    """A client and a server in one process, with a real port between them."""

    timeout = 60  # seconds: a Deferred that never fires fails its test, not the whole run

    def setUp(self) -> None:
        self.reports: list[str] = []
        self.ports: list[Any] = []

    def tearDown(self) -> Deferred[list[None]]:
        # An open port would disturb the next test, so trial has to wait until it is closed.
        return gatherResults([port.stopListening() for port in self.ports])

    def serve(self, schedule: Schedule) -> Address:
        """Serve the poem on a free port; this is not done in setUp, because each test needs another server."""
        factory = SlowPoetryFactory(SlowPoem(1, POEM, schedule), Silence(), reactor)
        self.ports.append(listen(factory, 0, "127.0.0.1", reactor))
        host = self.ports[-1].getHost()
        return Address(host.host, host.port)

    def fetch(self, task: int, address: Address) -> Deferred[bytes]:
        """Fetch a poem; its progress lines go to `reports`."""
        return get_poetry(reactor, task, address, self.reports.append)

    def test_the_poem_comes_unchanged(self) -> Deferred[None]:
        poem = self.fetch(1, self.serve(FAST))
        # An assertion in a callback counts because the Deferred is returned, so that trial sees a failure.
        return poem.addCallback(self.assertEqual, POEM)

    def test_a_slow_poem_comes_whole_too(self) -> Deferred[None]:
        poem = self.fetch(1, self.serve(SLOW))
        return poem.addCallback(self.assertEqual, POEM)

    def test_each_read_is_reported_and_the_reports_add_up(self) -> Deferred[None]:
        address = self.serve(SLOW)

        def check(poem: bytes) -> None:
            sizes = [int(line.split()[3]) for line in self.reports]
            self.assertEqual(sum(sizes), len(POEM))
            self.assertEqual(
                self.reports,
                [f"Task 7: got {size} bytes of poetry from 127.0.0.1:{address.port}" for size in sizes],
            )

        return self.fetch(7, address).addCallback(check)

    def test_poems_from_two_servers_come_together(self) -> Deferred[None]:
        slow, fast = self.serve(SLOW), self.serve(FAST)
        poems = gatherResults([self.fetch(1, slow), self.fetch(2, fast)])
        return poems.addCallback(self.assertEqual, [POEM, POEM])

    def test_a_port_without_a_server_refuses(self) -> Deferred[None]:
        # Bound, so that no other program can listen on it, but not listening.
        taken = socket.socket()
        self.addCleanup(taken.close)
        taken.bind(("127.0.0.1", 0))
        poem = self.fetch(1, Address(*taken.getsockname()))
        # Like assertRaises, for Deferreds: it fires if the poem fails as expected, and fails if it does not.
        return self.assertFailure(poem, ConnectionRefusedError)

    def test_an_incomplete_poem_fails(self) -> Deferred[None]:
        poem = self.fetch(1, self.serve(CUT_SHORT))
        return self.assertFailure(poem, ConnectionResetError)

    def test_a_port_refuses_as_soon_as_it_has_stopped_listening(self) -> Deferred[None]:
        address = self.serve(FAST)
        stopped: Deferred[None] = self.ports.pop().stopListening()
        poem = stopped.addCallback(lambda _: self.fetch(1, address))
        return self.assertFailure(poem, ConnectionRefusedError)
