"""The transform server as a program: what it answers, what it refuses, what it prints, and how it ends."""

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
    """A running server: its `address`, and the line about each request, without the client's address."""

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
        """All bytes until the server ends the connection, which it must do by itself."""
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


def test_letters_beyond_ascii_are_changed_to_lower_case_even_if_they_get_longer(server: Server) -> None:
    assert server.ask(netstring("cummingsify.ÉTÉ ÄÖÜ ΟΔΥΣΣΕΥΣ İ 古池".encode())) == netstring(
        "été äöü οδυσσευς i̇ 古池".encode()
    )


def test_a_request_in_pieces_is_joined(server: Server) -> None:
    with server.connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(len(HELLO)):
            client.sendall(HELLO[at : at + 1])
        assert read_all(client) == b"5:hello,"


def test_a_client_that_ends_its_side_after_the_request_is_answered(server: Server) -> None:
    poem = b"O" * 500_000  # more than one write sends
    with server.connect() as client:
        client.sendall(netstring(b"cummingsify." + poem))
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == netstring(poem.lower())


def test_a_client_that_ends_its_side_within_a_request_is_disconnected(server: Server) -> None:
    with server.connect() as client:
        client.sendall(HELLO[:-1])
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b""
    assert server.ask(HELLO) == b"5:hello,"


def test_a_second_request_is_ignored(server: Server) -> None:
    assert server.ask(HELLO + HELLO) == b"5:hello,"


def test_the_longest_request_is_answered(server: Server) -> None:
    poem = b"O" * (LONGEST_REQUEST - len(b"cummingsify."))
    assert server.ask(netstring(b"cummingsify." + poem)) == netstring(poem.lower())


REFUSED = [
    (netstring(b"shout.hello"), "there is no transformation 'shout'"),
    (netstring(b".hello"), "there is no transformation ''"),
    (netstring(b"CUMMINGSIFY.hello"), "there is no transformation 'CUMMINGSIFY'"),
    (netstring(b"__len__.hello"), "there is no transformation '__len__'"),
    (netstring(b"\x1b[31m\nred\xff.hello"), r"there is no transformation '\x1b[31m\nred\ufffd'"),
    (netstring(b"x" * 100 + b".hello"), f"there is no transformation '{'x' * 40}'"),
    (netstring(b"cummingsify"), "the request has no dot; it must be NAME.POEM"),
    (netstring(b"cummingsify.\xc9t\xe9"), "the poem is not UTF-8 at byte 0"),
    (b"hello", "not a netstring of at most 1048576 bytes"),
    (b"5:hello!", "not a netstring of at most 1048576 bytes"),
    (b"-1:", "not a netstring of at most 1048576 bytes"),
    (b"%d:" % (LONGEST_REQUEST + 1), "not a netstring of at most 1048576 bytes"),
    (b"9" * 30, "not a netstring of at most 1048576 bytes"),
]


def test_a_bad_request_ends_its_connection_the_reason_is_printed_and_the_next_is_answered(server: Server) -> None:
    for request, why in REFUSED:
        assert server.ask(request) == b"", request
        assert server.says() == f"refused: {why}"
        assert server.ask(HELLO) == b"5:hello,"
        assert server.says() == "cummingsify of 5 bytes"


def test_silent_clients_and_unfinished_requests_do_not_hold_up_others(server: Server) -> None:
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
def test_a_signal_ends_it_cleanly_even_while_a_client_is_silent(server: Server, how: signal.Signals) -> None:
    with server.connect():
        assert server.ask(HELLO) == b"5:hello,"
        assert (
            server.says() == "cummingsify of 5 bytes"
        )  # by now it has also accepted the silent client, which came before
        server.process.send_signal(how)
        assert server.process.communicate() == ("", "")
    assert server.process.returncode == 0


def test_it_serves_on_the_given_port(start: Start, server: Server) -> None:
    assert server.ask(HELLO) == b"5:hello,"  # the server ended the connection, so the kernel keeps the port for a while
    server.process.send_signal(signal.SIGINT)
    server.process.communicate()
    again = Server(start(SERVER, "--port", server.port, anew=True))
    assert again.port == server.port


def test_it_ends_without_a_traceback_when_its_output_is_closed(server: Server) -> None:
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


def test_a_taken_port_ends_it_and_is_named(start: Start) -> None:
    with dead_port() as taken:
        port = taken.partition(":")[2]
        assert refused(start, "--port", port) == (1, f"cannot listen on {taken}: Address already in use\n")


# An address for documentation, which no machine has; and a name that is too long, so no name server is asked.
@pytest.mark.parametrize("iface", ["192.0.2.1", ".".join(["poems"] * 60)])
def test_an_address_of_another_machine_ends_it_and_is_named(start: Start, iface: str) -> None:
    status, stderr = refused(start, "--iface", iface)
    assert (status, stderr.count("\n")) == (1, 1)
    assert stderr.startswith(f"cannot listen on {iface}:0: ")
