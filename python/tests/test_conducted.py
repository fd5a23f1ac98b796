"""Conducted servers: the real process, with commands that make it send, pause and fail."""

import errno
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

POEM = b"No road is long\nwith poetry along.\n"
ACTS = "100 send 10\n200 send 10\n300 send 15\n300 close\n"  # too slow to wait for
QUICK = "0 send 10\n0.01 send 10\n0.02 send 15\n0.02 close\n"


class Conductor:
    """Sends commands to the servers' process; acts that it reports before an answer are kept."""

    def __init__(self, process: Any, folder: Path) -> None:
        self.process = process
        self.log = folder / "send-log.ndjson"
        self.playbill = folder / "playbill"
        self.acts: list[dict[str, Any]] = []
        (folder / "poem.txt").write_bytes(POEM)

    def ask(self, *words: object) -> list[str]:
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        while True:
            word, *rest = self.process.stdout.readline().rstrip("\n").split("\t")
            if word != "act":
                return [word, *rest]
            self.acts.append(json.loads(rest[0]))

    def open(self, *schedules: str) -> list[int]:
        parts = "".join("down 0\n" if not acts else f"server 0 poem.txt\n{acts}" for acts in schedules)
        self.playbill.write_text("iface 127.0.0.1\n" + parts)
        answer, *ports = self.ask("open", self.playbill, self.log, "conducted")
        assert answer == "listening", ports
        return [int(port) for port in ports]

    def tell(self, *words: object) -> None:
        assert self.ask(*words) == ["done"]

    def count(self, act: str, server: int) -> int:
        """How often it has reported this act so far."""
        return sum(entry["act"] == act and entry["server"] == server for entry in self.acts)

    def until(self, act: str, server: int = 1) -> None:
        """Wait until it has reported this act."""
        while not self.count(act, server):
            self.ask("what else?")


@pytest.fixture
def conductor(start: Callable[..., Any], tmp_path: Path) -> Conductor:
    return Conductor(start("slowpoetry.server.control"), tmp_path)


def connect(conductor: Conductor, port: int, server: int = 1) -> socket.socket:
    known = conductor.count("accept", server)
    client = socket.create_connection(("127.0.0.1", port), timeout=60)
    while conductor.count("accept", server) == known:
        conductor.ask("what else?")
    return client


def take(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := client.recv(size - len(data))):
        data += more
    return data


def silent(client: socket.socket) -> bool:
    client.settimeout(0.3)
    try:
        client.recv(1)
    except TimeoutError:
        return True
    finally:
        client.settimeout(60)
    return False


def test_nothing_is_sent_without_a_command_and_each_step_sends_one_chunk(conductor: Conductor) -> None:
    [port] = conductor.open(ACTS)
    with connect(conductor, port) as client:
        assert silent(client)
        for chunk in (POEM[:10], POEM[10:20]):
            conductor.tell("step", 1)
            assert client.recv(99) == chunk
            assert silent(client)
        conductor.tell("step", 1)
        assert client.recv(99) == POEM[20:]
        assert client.recv(99) == b""  # the last chunk and the end have the same time, so one step plays both


def test_a_step_is_for_one_server_and_for_its_present_connections(conductor: Conductor) -> None:
    first, second = conductor.open(ACTS, ACTS)
    with connect(conductor, first) as client:
        conductor.tell("step", 2)
        assert silent(client)
        with connect(conductor, second, 2) as late:
            assert silent(late)  # chunks sent before a client connected are not sent to it again
            conductor.tell("step", 2)
            assert late.recv(99) == POEM[:10]


def test_the_schedule_continues_from_the_last_step(conductor: Conductor) -> None:
    [port] = conductor.open("100 send 10\n200 send 10\n200.01 send 15\n200.01 close\n")
    with connect(conductor, port) as client:
        conductor.tell("step", 1)
        conductor.tell("step", 1)
        assert take(client, 20) == POEM[:20]
        conductor.tell("resume")
        assert client.recv(99) == POEM[20:]


def test_the_schedule_waits_while_paused_and_then_runs_at_the_given_pace(conductor: Conductor) -> None:
    [port] = conductor.open(ACTS)
    with connect(conductor, port) as client:
        conductor.tell("pace", "0.0001")
        assert silent(client)
        conductor.tell("resume")
        assert take(client, 35) == POEM
        assert client.recv(1) == b""
    with connect(conductor, port) as client:
        assert take(client, 35) == POEM
    conductor.tell("pause")
    with connect(conductor, port) as client:
        assert silent(client)


def test_only_the_stalled_server_waits_until_it_may_go(conductor: Conductor) -> None:
    first, second = conductor.open(QUICK, QUICK)
    conductor.tell("stall", 1)
    conductor.tell("resume")
    with connect(conductor, first) as stalled, connect(conductor, second, 2) as other:
        assert take(other, 35) == POEM
        assert silent(stalled)
        conductor.tell("go", 1)
        assert take(stalled, 35) == POEM


def test_a_reset_ends_the_connection_and_the_next_one_starts_from_the_beginning(conductor: Conductor) -> None:
    [port] = conductor.open(ACTS)
    with connect(conductor, port) as client:
        conductor.tell("step", 1)
        assert client.recv(99) == POEM[:10]
        conductor.tell("reset", 1)
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    with connect(conductor, port) as again:
        conductor.tell("step", 1)
        assert again.recv(99) == POEM[:10]


def test_a_server_that_goes_down_resets_its_connections_and_refuses_new_ones(conductor: Conductor) -> None:
    first, second = conductor.open(ACTS, ACTS)
    with connect(conductor, first) as client, connect(conductor, second, 2) as other:
        conductor.tell("down", 1)
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        with socket.socket() as late:
            assert late.connect_ex(("127.0.0.1", first)) == errno.ECONNREFUSED
        conductor.tell("step", 2)
        assert other.recv(99) == POEM[:10]
    assert conductor.ask("close") == ["closed"]


def test_every_act_is_reported_as_it_is_in_the_log_and_none_has_due(conductor: Conductor) -> None:
    [port] = conductor.open(QUICK)
    conductor.tell("resume")
    with connect(conductor, port) as client:
        assert take(client, 35) == POEM
    conductor.until("close")
    assert conductor.ask("close") == ["closed"]
    assert conductor.acts == [json.loads(line) for line in conductor.log.read_text().splitlines()]
    assert [entry["act"] for entry in conductor.acts] == ["accept", "send", "send", "send", "close"]
    assert not any("due" in entry for entry in conductor.acts)


@pytest.mark.parametrize(
    "words", [["step", "3"], ["step", "2"], ["step", "x"], ["pace", "0"], ["pace", "nan"], ["pace", "x"], ["down", ""]]
)
def test_a_wrong_command_gives_an_error_and_changes_nothing(conductor: Conductor, words: list[str]) -> None:
    [port, _] = conductor.open(ACTS, "")  # the second is down
    answer, message = conductor.ask(*words)
    assert answer == "error" and repr(words[1]) in message
    with connect(conductor, port) as client:
        conductor.tell("step", 1)
        assert client.recv(99) == POEM[:10]


def test_servers_that_are_not_conducted_do_not_know_these_commands(conductor: Conductor) -> None:
    conductor.playbill.write_text(f"server 0 poem.txt\n{ACTS}")
    assert conductor.ask("open", conductor.playbill, conductor.log)[0] == "listening"
    answer, message = conductor.ask("step", "1")
    assert answer == "error" and message.startswith("unknown command")
