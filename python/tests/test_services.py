"""The servers as services: started, stopped and started again, on real ports.  For pytest and trial."""

import shutil
import socket
import tempfile
from pathlib import Path

from twisted.application.service import IService, MultiService
from twisted.internet import tcp
from twisted.internet.defer import maybeDeferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from slowpoetry.option_values import UnreadablePoem
from slowpoetry.services.fast import fast_poetry
from slowpoetry.services.slow import slow_poetry
from tests.programs import connect, read_all


class Services(TestCase):
    timeout = 120

    def setUp(self) -> None:
        self.patch(tcp, "_reservedFD", tcp._NullFileDescriptorReservation())  # so that it leaves no spare file open
        self.folder = Path(tempfile.mkdtemp(prefix="slow-poetry-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.poem = self.folder / "poem.txt"
        # It stays bound during the test: our server may listen on the same port, but no other program can take it.
        free = socket.socket()
        self.addCleanup(free.close)
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", 0))
        self.port: int = free.getsockname()[1]

    def servers(self) -> list[IService]:
        return [
            fast_poetry(self.poem, self.port, "127.0.0.1"),
            slow_poetry(self.poem, self.port, "127.0.0.1", delay=0.0, num_bytes=10),
        ]

    async def test_after_a_stop_they_refuse_and_after_a_restart_they_serve_the_changed_poem(self) -> None:
        for server in self.servers():
            for poem in (b"An early version.", b"A late version.", b""):
                self.poem.write_bytes(poem)
                server.startService()
                self.assertEqual(await deferToThread(read_all, connect(self.port)), poem)
                await maybeDeferred(server.stopService)
                self.assertRaises(ConnectionRefusedError, connect, self.port)

    async def test_a_service_without_its_poem_cannot_be_started(self) -> None:
        for server in self.servers():
            self.assertRaises(UnreadablePoem, server.startService)
            await maybeDeferred(server.stopService)
            self.assertRaises(ConnectionRefusedError, connect, self.port)

    async def test_two_in_one_collection_start_and_stop_together(self) -> None:
        self.poem.write_bytes(b"Once.")
        both = MultiService()
        fast_poetry(self.poem, self.port, "127.0.0.1").setServiceParent(both)
        self.assertRaises(ConnectionRefusedError, connect, self.port)
        both.startService()
        self.assertEqual(await deferToThread(read_all, connect(self.port)), b"Once.")
        await both.stopService()
        self.assertRaises(ConnectionRefusedError, connect, self.port)
