"""The transform server as a person starts it: what it answers, what it refuses and says of it, how it ends."""

import re
import signal
import socket
from collections.abc import Callable
from typing import Any

import pytest

from slowpoetry.transform.server import LONGEST_REQUEST
from tests.scripted_server import dead_port

Start = Callable[..., Any]
SERVER = "slowpoetry.transform"
HELLO = b"17:cummingsify.HELLO,"


class Server:
    """A running server: `address`, and what it says of each request, without the client's address."""

    def __init__(self, process: Any) -> None:
        self.process = process
        said = process.stdout.readline()
        match = re.fullmatch(r"Serving cummingsify on (127\.0\.0\.1:(\d+))\.\n", said)
        assert match, said or process.stderr.read()
        self.address, self.port = match[1], int(match[2])

    def says(self) -> str:
        line: str = self.process.stdout.readline()
        match = re.fullmatch(r"127\.0\.0\.1:\d+: (.*)\n", line)
        assert match, line
        return match[1]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def ask(self, request: bytes) -> bytes:
        """All that comes until the server ends the connection, which it must do by itself."""
        with self.connect() as client:
            client.sendall(request)
            return read_all(client)


def read_all(client: socket.socket) -> bytes:
    with client.makefile("rb") as stream:
        return stream.read()


def netstring(data: bytes) -> bytes:
    return b"%d:%b," % (len(data), data)


@pytest.fixture
def server(start: Start) -> Server:
    return Server(start(SERVER))


def test_it_answers_a_poem_in_lower_case_and_ends_the_connection(server: Server) -> None:
    assert server.ask(HELLO) == b"5:hello,"
    assert server.says() == "cummingsify of 5 bytes"


def test_only_the_first_dot_ends_the_name(server: Server) -> None:
    assert server.ask(netstring(b"cummingsify.Mr. Yeats.")) == netstring(b"mr. yeats.")


def test_an_empty_poem_has_an_empty_answer(server: Server) -> None:
    assert server.ask(netstring(b"cummingsify.")) == b"0:,"


def test_letters_beyond_ascii_become_small_even_if_they_grow(server: Server) -> None:
    assert server.ask(netstring("cummingsify.ÉTÉ ÄÖÜ ΟΔΥΣΣΕΥΣ İ 古池".encode())) == netstring(
        "été äöü οδυσσευς i̇ 古池".encode()
    )


def test_a_request_in_pieces_is_put_together(server: Server) -> None:
    with server.connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(len(HELLO)):
            client.sendall(HELLO[at : at + 1])
        assert read_all(client) == b"5:hello,"


def test_a_client_that_ends_its_side_after_the_request_is_answered(server: Server) -> None:
    poem = b"O" * 500_000  # more than is sent in one go
    with server.connect() as client:
        client.sendall(netstring(b"cummingsify." + poem))
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == netstring(poem.lower())


def test_a_client_that_ends_its_side_in_mid_request_is_let_go(server: Server) -> None:
    with server.connect() as client:
        client.sendall(HELLO[:-1])
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b""
    assert server.ask(HELLO) == b"5:hello,"


def test_a_second_request_is_not_heard(server: Server) -> None:
    assert server.ask(HELLO + HELLO) == b"5:hello,"


def test_the_longest_request_is_answered(server: Server) -> None:
    poem = b"O" * (LONGEST_REQUEST - len(b"cummingsify."))
    assert server.ask(netstring(b"cummingsify." + poem)) == netstring(poem.lower())


REFUSED = [
    (netstring(b"shout.hello"), "no transformation is called 'shout'"),
    (netstring(b".hello"), "no transformation is called ''"),
    (netstring(b"CUMMINGSIFY.hello"), "no transformation is called 'CUMMINGSIFY'"),
    (netstring(b"__len__.hello"), "no transformation is called '__len__'"),
    (netstring(b"\x1b[31m\nred\xff.hello"), r"no transformation is called '\x1b[31m\nred\ufffd'"),
    (netstring(b"x" * 100 + b".hello"), f"no transformation is called '{'x' * 40}'"),
    (netstring(b"cummingsify"), "no dot, wanted NAME.POEM"),
    (netstring(b"cummingsify.\xc9t\xe9"), "the poem is not UTF-8 at byte 0"),
    (b"hello", "not a netstring of at most 1048576 bytes"),
    (b"5:hello!", "not a netstring of at most 1048576 bytes"),
    (b"-1:", "not a netstring of at most 1048576 bytes"),
    (b"%d:" % (LONGEST_REQUEST + 1), "not a netstring of at most 1048576 bytes"),
    (b"9" * 30, "not a netstring of at most 1048576 bytes"),
]


def test_a_bad_request_ends_its_connection_with_the_reason_told_and_the_next_is_answered(server: Server) -> None:
    for request, why in REFUSED:
        assert server.ask(request) == b"", request
        assert server.says() == f"refused: {why}"
        assert server.ask(HELLO) == b"5:hello,"
        assert server.says() == "cummingsify of 5 bytes"


def test_clients_that_say_nothing_or_half_a_request_hold_up_nobody(server: Server) -> None:
    silent = [server.connect() for _ in range(50)]
    halfway = [server.connect() for _ in range(50)]
    for client in halfway:
        client.sendall(HELLO[:7])
    assert server.ask(HELLO) == b"5:hello,"
    for client in halfway:
        client.sendall(HELLO[7:])
        assert read_all(client) == b"5:hello,"
    for client in silent + halfway:
        client.close()
    assert server.ask(HELLO) == b"5:hello,"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_peace_even_while_a_client_is_silent(server: Server, how: signal.Signals) -> None:
    with server.connect():
        assert server.ask(HELLO) == b"5:hello,"
        assert server.says() == "cummingsify of 5 bytes"  # it has the silent one as well, which came before
        server.process.send_signal(how)
        assert server.process.communicate() == ("", "")
    assert server.process.returncode == 0


def test_it_serves_on_the_port_that_it_is_told(start: Start, server: Server) -> None:
    assert server.ask(HELLO) == b"5:hello,"  # which it ended: for a while the kernel gives the port to nobody else
    server.process.send_signal(signal.SIGINT)
    server.process.communicate()
    again = Server(start(SERVER, "--port", server.port))
    assert again.port == server.port


def test_when_nobody_reads_its_words_any_more_it_ends_without_a_trace(server: Server) -> None:
    server.process.stdout.close()
    with server.connect() as client:
        client.sendall(HELLO)
        assert server.process.wait() == 1
    assert server.process.stderr.read() == ""


def refused(start: Start, *arguments: object) -> tuple[int, str]:
    process = start(SERVER, *arguments)
    stdout, stderr = process.communicate()
    assert stdout == ""
    return process.returncode, stderr


@pytest.mark.parametrize("port", ["65536", "-1", "http", "80.5", "", "1_0", "٣"])
def test_a_bad_port_is_named(start: Start, port: str) -> None:
    status, stderr = refused(start, f"--port={port}")
    assert status == 2
    assert stderr.endswith(f"error: argument --port: {port!r} is not a port from 0 to 65535\n")
    assert stderr.startswith("usage: python -m slowpoetry.transform ")


def test_a_port_that_is_taken_ends_it_with_its_name(start: Start) -> None:
    with dead_port() as taken:
        port = taken.partition(":")[2]
        assert refused(start, "--port", port) == (1, f"cannot listen on {taken}: Address already in use\n")


# One that is for documents alone: no machine has it. One longer than names can be, so that no name server is asked.
@pytest.mark.parametrize("iface", ["192.0.2.1", ".".join(["poems"] * 60)])
def test_an_address_that_is_not_ours_ends_it_with_its_name(start: Start, iface: str) -> None:
    status, stderr = refused(start, "--iface", iface)
    assert (status, stderr.count("\n")) == (1, 1)
    assert stderr.startswith(f"cannot listen on {iface}:0: ")
