"""The slow poetry server as a program: what it prints, what it refuses, and how it ends."""

import json
import re
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.scripted_server import dead_port

Start = Callable[..., Any]
SERVER = "slowpoetry.server"
POEM = b"No road is long\nwith poetry along.\n"
PLAIN = r" *\d+\.\d{3} s  server 1  connection 1: (.*)\n"


@pytest.fixture
def poem(tmp_path: Path) -> Path:
    path = tmp_path / "a poem.txt"
    path.write_bytes(POEM)
    return path


def port_of(server: Any) -> int:
    said = server.stdout.readline()
    match = re.fullmatch(r"Serving .* on 127\.0\.0\.1:(\d+)\.\n", said)
    assert match, said or server.stderr.read()
    return int(match[1])


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def read_all(client: socket.socket) -> bytes:
    with client, client.makefile("rb") as stream:
        return stream.read()


def interrupt(server: Any, how: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
    server.send_signal(how)
    stdout, stderr = server.communicate()
    return server.returncode, stdout, stderr


def refused(start: Start, *arguments: object) -> tuple[int, str]:
    server = start(SERVER, *arguments)
    stdout, stderr = server.communicate()
    assert stdout == ""
    assert "Traceback" not in stderr
    return server.returncode, stderr


def test_it_says_what_it_serves_and_where_and_then_serves_it(start: Start, poem: Path) -> None:
    server = start(SERVER, "--delay", "0", poem, anew=True)
    said = server.stdout.readline()
    match = re.fullmatch(rf"Serving {re.escape(str(poem))} on 127\.0\.0\.1:(\d+)\.\n", said)
    assert match, said
    assert read_all(connect(int(match[1]))) == POEM


def test_it_serves_on_the_given_port_again_and_again(start: Start, poem: Path) -> None:
    first = start(SERVER, "--delay", "0", poem)
    port = port_of(first)
    assert read_all(connect(port)) == POEM
    interrupt(first)
    again = start(SERVER, "--delay", "0", "--port", port, poem)
    assert port_of(again) == port
    assert [read_all(connect(port)) for _ in range(3)] == [POEM] * 3


def test_it_prints_each_act_as_it_happens(start: Start, poem: Path) -> None:
    server = start(SERVER, "--delay", "0", "--num-bytes", "1000", poem)
    with connect(port_of(server)) as client:
        told = [server.stdout.readline() for _ in range(3)]
        host, port = client.getsockname()
    assert [re.fullmatch(PLAIN, line)[1] for line in told] == [
        f"accepted, from {host}:{port}",
        f"sent bytes 0 to {len(POEM)}",
        "close",
    ]


def test_a_log_for_programs_comes_line_by_line_through_a_pipe(start: Start, poem: Path) -> None:
    server = start(SERVER, "--delay", "3600", "--log", "ndjson", poem)
    client = connect(port_of(server))
    accept = json.loads(server.stdout.readline())  # the next line comes an hour later
    assert (accept["act"], accept["server"], accept["conn"]) == ("accept", 1, 1)
    assert accept["peer"] == "{}:{}".format(*client.getsockname())
    client.close()
    assert json.loads(server.stdout.readline())["act"] == "half-close"


def test_it_sends_the_given_number_of_bytes(start: Start, poem: Path) -> None:
    server = start(SERVER, "--delay", "1", "--num-bytes", "20", "--log", "ndjson", poem)
    assert read_all(connect(port_of(server))) == POEM
    entries = [json.loads(server.stdout.readline()) for _ in range(4)]
    assert [entry["act"] for entry in entries] == ["accept", "send", "send", "close"]
    accepted, first, second, _ = entries
    assert (first["start"], first["end"], second["end"]) == (0, 20, len(POEM))
    assert [round(send["due"] - accepted["t"], 3) for send in (first, second)] == [1.0, 2.0]
    assert accepted["t"] <= first["due"] <= first["t"] <= second["t"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_it_cleanly_even_in_the_middle_of_a_poem(
    start: Start, poem: Path, how: signal.Signals
) -> None:
    server = start(SERVER, "--delay", "3600", poem)
    with connect(port_of(server)) as client:
        assert "accepted" in server.stdout.readline()
        status, _, stderr = interrupt(server, how)
        assert client.recv(1) == b""
    assert (status, stderr) == (0, "")


def test_it_can_be_interrupted_as_soon_as_it_says_where_it_serves(start: Start, poem: Path) -> None:
    server = start(SERVER, poem)
    port_of(server)
    assert interrupt(server) == (0, "", "")


WRONG_OPTIONS = [
    *(("--port", value) for value in ("65536", "-1", "http", "80.5")),
    *(("--delay", value) for value in ("-0.1", "nan", "inf", "3601", "slowly")),
    *(("--num-bytes", value) for value in ("0", "-10", "ten", "1.5")),
    *(("--jitter", value) for value in ("-0.1", "1.1", "nan")),
    *[("--seed", "lucky"), ("--log", "xml")],
]


@pytest.mark.parametrize(("option", "value"), WRONG_OPTIONS)
def test_a_wrong_value_is_named_with_its_option(
    capsys: pytest.CaptureFixture[str], poem: Path, option: str, value: str
) -> None:
    from slowpoetry.server.__main__ import main

    with pytest.raises(SystemExit) as ended:
        main([f"{option}={value}", str(poem)])
    assert ended.value.code == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert f"argument {option}: " in last
    assert repr(value) in last


@pytest.mark.parametrize("arguments", [[], ["--num-bytes=ten", "a"], ["one", "two"], ["--pace=2", "a"]])
def test_bad_usage_ends_the_process_with_2_and_the_usage(start: Start, arguments: list[str]) -> None:
    status, stderr = refused(start, *arguments)
    assert status == 2
    assert stderr.startswith("usage: python -m slowpoetry.server ")


def test_a_missing_poem_ends_it_and_is_named(start: Start, tmp_path: Path) -> None:
    for path, why in ((tmp_path / "nothing.txt", "No such file or directory"), (tmp_path, "Is a directory")):
        assert refused(start, path) == (1, f"cannot read the poem {str(path)!r}: {why}\n")


def test_a_taken_port_ends_it_and_is_named(start: Start, poem: Path) -> None:
    with dead_port() as taken:
        port = taken.partition(":")[2]
        assert refused(start, "--port", port, poem) == (1, f"cannot listen on {taken}: Address already in use\n")


def test_an_address_of_another_machine_ends_it_and_is_named(start: Start, poem: Path) -> None:
    status, stderr = refused(start, "--iface", "192.0.2.1", poem)  # an address for documentation, which no machine has
    assert status == 1
    assert stderr.startswith("cannot listen on 192.0.2.1:0: ")
