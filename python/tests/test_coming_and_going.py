"""Servers that are not always there: one with a full accept queue, and one that dies and comes back."""

import socket
import time
from typing import Any

import pytest

from tests.test_control import IN_AN_HOUR, POEM, Lab, acts, connect, fetch, lab, refuses, server

__all__ = ["lab"]  # the fixture


def of(server_: int, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry for entry in records if entry["server"] == server_]


def calling(port: int) -> socket.socket:
    client = socket.socket()
    client.setblocking(False)
    client.connect_ex(("127.0.0.1", port))
    return client


def logged(lab: Lab, act: str, count: int = 1) -> None:
    """Wait until the log, which is written while the servers run, has that many records of this act."""
    deadline = time.monotonic() + 60
    while lab.log.read_text().count(f'"act":"{act}"') < count:
        assert time.monotonic() < deadline, f"never: {act}"
        time.sleep(0.01)


def test_a_full_server_answers_no_syn_and_logs_each(lab: Lab) -> None:
    [port] = lab.listening("full 0\n")
    with calling(port), calling(port) as client:
        logged(lab, "knock", 3)  # the kernel sends the SYN again after a second
        with pytest.raises(BlockingIOError):
            client.recv(1)
        with pytest.raises(OSError):
            client.getpeername()
        records = lab.close()
    assert set(acts(records)) == {"knock"}
    assert {(entry["server"], entry["conn"]) for entry in records} == {(1, 0)}
    with socket.create_server(("127.0.0.1", port)):
        pass  # the port is free again


def test_a_server_that_is_full_for_a_while_answers_a_later_syn(lab: Lab) -> None:
    ports = lab.listening(server(f"open 0.2\n0.5 send {len(POEM)}\n0.5 close\n"), server())
    assert fetch(ports[1]) == POEM
    began = time.monotonic()
    assert fetch(ports[0]) == POEM
    records = of(1, lab.close())
    told = acts(records)
    # The kernel sends the SYN again after a second, more than once if the machine is busy.
    assert told == ["knock"] * max(1, told.count("knock")) + ["open", "accept", "send", "close"]
    knock, *_, opened, accept, send, _ = (entry["t"] for entry in records)
    assert began <= knock <= opened - 0.2
    assert accept >= opened
    assert send >= records[-2]["due"] == pytest.approx(accept + 0.5, abs=1e-5)  # the schedule counts from the accept


def test_a_server_that_is_full_until_the_first_syn_waits_for_it(lab: Lab) -> None:
    ports = lab.listening(server("open 0\n0 close\n"), server())
    assert fetch(ports[1]) == POEM
    assert of(1, lab.close()) == []


def test_a_server_that_dies_resets_its_connections_refuses_and_comes_back(lab: Lab) -> None:
    away, other = lab.listening(server(f"away 3 6\n{IN_AN_HOUR}"), server(IN_AN_HOUR))
    with connect(other) as witness, connect(away) as first, connect(away) as second:
        for client in (first, second):
            assert client.recv(99) == POEM[:10]
            with pytest.raises(ConnectionResetError):
                client.recv(1)
        refused = refuses(away)
        asked = time.monotonic()
        with pytest.raises(OSError), socket.create_server(("127.0.0.1", away)):
            pass  # no other program can take the port
        logged(lab, "up")
        with connect(away) as third:
            assert third.recv(99) == POEM[:10]
            records = of(1, lab.close())
        [up] = [entry["t"] for entry in records if entry["act"] == "up"]
        assert refused or asked > up
        witness.setblocking(True)
        assert witness.recv(99) == POEM[:10]
    assert acts(records) == [
        "accept",
        "send",
        "accept",
        "send",
        "down",
        "reset",
        "reset",
        "up",
        "accept",
        "send",
        "reset",
    ]
    assert [entry["conn"] for entry in records if entry["act"] in ("down", "up")] == [0, 0]


def test_a_server_comes_back_even_if_it_went_down_late(lab: Lab) -> None:
    [away] = lab.listening(server(f"away 0.1 0.1001\n{IN_AN_HOUR}"))  # both are due in the same turn
    with connect(away) as first:
        assert first.recv(99) == POEM[:10]
        logged(lab, "up")
        with connect(away) as second:
            assert second.recv(99) == POEM[:10]
            assert acts(lab.close()) == ["accept", "send", "down", "reset", "up", "accept", "send", "reset"]


def test_the_times_of_an_away_server_count_from_the_first_accept_of_any_server(lab: Lab) -> None:
    away, other = lab.listening(server(f"away 0.1 0.5\n{IN_AN_HOUR}"), server())
    assert fetch(other) == POEM
    logged(lab, "up")
    with connect(away) as late:
        assert late.recv(99) == POEM[:10]
        records = lab.close()
    began = of(2, records)[0]["t"]
    down, up = (entry["t"] for entry in records if entry["act"] in ("down", "up"))
    assert (down >= began + 0.1, up >= began + 0.5) == (True, True)


@pytest.mark.parametrize("part", ["full {port}\n", "server {port} a  poem.txt\nopen 1\n0 close\n"])
def test_a_full_port_in_use_is_named(lab: Lab, part: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port}" in lab.error(part.format(port=port))
    assert fetch(*lab.listening(server())) == POEM


def test_full_and_away_servers_cannot_be_conducted(lab: Lab) -> None:
    paper = lab.folder / "play bill"
    paper.write_text("full 0\n")
    answer, why = lab.ask("open", paper, lab.log, "conducted")
    assert (answer, why) == ("error", "servers that are full, or away for a while, cannot be conducted")
