"""One step of the selector loop, `Fetch.read`, over a real pair of sockets."""

import socket

import pytest

from slowpoetry.address import Address
from slowpoetry.clients.selector_loop import Fetch
from tests.client_process import got


def test_a_wake_up_without_bytes_is_neither_progress_nor_an_end(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        fetch = Fetch(1, Address("127.0.0.1", 10001), near)
        assert fetch.read() is None
        assert capsysbinary.readouterr() == (b"", b"")
        far.sendall(b"a poem")
        assert fetch.read() is None
        assert capsysbinary.readouterr() == (b"", got(6, "127.0.0.1:10001").encode() + b"\n")
        far.close()
        assert fetch.read() is True
        assert capsysbinary.readouterr() == (b"a poem\n", b"")
