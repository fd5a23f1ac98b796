"""The lab's servers: a real process, controlled by lines on standard input."""

import errno
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.scripted_server import dead_port

POEM = b"No road is long\nwith poetry along.\n"
AT_ONCE = f"0 send {len(POEM)}\n0 close\n"
IN_AN_HOUR = "0 send 10\n3600 send 10\n3600 close\n"


class Lab:
    """Sends commands to the servers' process; all files are in a folder with a space in its name."""

    def __init__(self, process: Any, folder: Path) -> None:
        self.process = process
        self.folder = folder
        self.log = folder / "send log.ndjson"
        (folder / "a  poem.txt").write_bytes(POEM)

    def ask(self, *words: object) -> list[str]:
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer: str = self.process.stdout.readline()
        return answer.rstrip("\n").split("\t")

    def open(self, *parts: str) -> list[str]:
        paper = self.folder / "play bill"
        paper.write_text("iface 127.0.0.1\n" + "".join(parts))
        return self.ask("open", paper, self.log)

    def listening(self, *parts: str) -> list[int]:
        answer, *ports = self.open(*parts)
        assert answer == "listening", ports
        return [int(port) for port in ports]

    def close(self) -> list[dict[str, Any]]:
        """Close the playbill and return the records of its send log."""
        assert self.ask("close") == ["closed"]
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def error(self, *words: object) -> str:
        answer, message = self.ask(*words) if words[0] in ("open", "close") else self.open(*map(str, words))
        assert answer == "error"
        return message


@pytest.fixture
def lab(start: Callable[..., Any], tmp_path: Path) -> Lab:
    folder = tmp_path / "a folder"
    folder.mkdir()
    return Lab(start("slowpoetry.server.control"), folder)


def server(acts: str = AT_ONCE, *, port: int = 0, poem: str = "a  poem.txt") -> str:
    return f"server {port} {poem}\n{acts}"


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def fetch(port: int) -> bytes:
    with connect(port) as client, client.makefile("rb") as stream:
        return stream.read()


def refuses(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


def acts(records: list[dict[str, Any]]) -> list[str]:
    return [entry["act"] for entry in records]


def test_each_server_of_a_playbill_serves_its_own_poem_on_its_reported_port(lab: Lab) -> None:
    (lab.folder / "poems").mkdir()
    (lab.folder / "poems" / "other.txt").write_bytes(b"another")
    ports = lab.listening(server(), "down 0\n", server("0 send 7\n0 close\n", poem="poems/other.txt"))
    assert len(set(ports)) == 3
    assert [fetch(ports[2]), fetch(ports[0])] == [b"another", POEM]
    records = lab.close()
    assert {entry["server"] for entry in records} == {1, 3}


def test_the_path_of_a_poem_is_relative_to_the_playbill_or_absolute(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "above.txt").write_bytes(POEM)
    ports = lab.listening(server(poem="../above.txt"), server(poem=str(tmp_path / "above.txt")))
    assert [fetch(port) for port in ports] == [POEM, POEM]


def test_after_a_close_the_ports_refuse_and_can_be_opened_again(lab: Lab) -> None:
    [port] = lab.listening(server())
    assert fetch(port) == POEM  # the server ended the connection, so the kernel keeps the port for a while
    lab.close()
    assert refuses(port)
    assert lab.listening(server(port=port)) == [port]
    assert fetch(port) == POEM


def test_playbills_that_are_opened_one_after_another_have_their_own_logs(lab: Lab) -> None:
    for number in range(1, 4):
        lab.log = lab.folder / f"log {number}"
        [port] = lab.listening(server())
        assert [fetch(port) for _ in range(number)] == [POEM] * number
        assert acts(lab.close()) == ["accept", "send", "close"] * number


def test_the_log_is_complete_when_the_answer_is_closed(lab: Lab) -> None:
    done, cut = lab.listening(server(), server(IN_AN_HOUR))
    assert fetch(done) == POEM
    with connect(cut) as client:
        assert client.recv(99) == POEM[:10]
        records = lab.close()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    assert acts([entry for entry in records if entry["server"] == 1]) == ["accept", "send", "close"]
    assert acts([entry for entry in records if entry["server"] == 2]) == ["accept", "send", "reset"]
    times = [entry["t"] for entry in records]
    assert times == sorted(times)
    assert records[0]["t"] == records[1]["due"] <= records[1]["t"]  # due at once


def test_the_log_can_be_read_during_the_run(lab: Lab) -> None:
    [port] = lab.listening(server(IN_AN_HOUR))
    with connect(port), lab.log.open() as log:
        text = ""
        while text.count("\n") < 2:
            text += log.read()
            assert lab.process.poll() is None
        assert acts([json.loads(line) for line in text.splitlines()]) == ["accept", "send"]
        lab.close()


def test_a_port_that_is_down_refuses_and_no_other_program_can_take_it(lab: Lab) -> None:
    [port] = lab.listening("down 0\n")
    assert refuses(port)
    for reuse in (0, 1):
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
            with pytest.raises(OSError, match="Address already in use"):
                other.bind(("127.0.0.1", port))
    assert lab.close() == []
    with socket.create_server(("127.0.0.1", port)):
        pass  # free again


WRONG_PLAYBILLS = [
    (server("0 sing 10\n"), "playbill, line 3: not an act of a schedule: '0 sing 10'"),
    (server(port=65536), "playbill, line 2: 65536 is not a port"),
    (server("0 send 10\n"), "a schedule must end with 'close', 'fin', 'reset' or 'stall'"),
    (server("0 send 99\n0 close\n"), f"sends 99 bytes of a poem of {len(POEM)}"),
    (server(poem="missing.txt"), "missing.txt"),
    ("iface 192.0.2.1\n" + server(), "192.0.2.1"),
    ("iface 192.0.2.1\ndown 0\n", "192.0.2.1"),
]


@pytest.mark.parametrize(("wrong", "why"), WRONG_PLAYBILLS)
def test_a_wrong_playbill_gives_an_error_and_a_good_one_can_be_opened_after_it(lab: Lab, wrong: str, why: str) -> None:
    assert why in lab.error(wrong)
    [port] = lab.listening(server())
    assert fetch(port) == POEM
    assert acts(lab.close()) == ["accept", "send", "close"]


def test_a_playbill_or_a_log_that_cannot_be_opened_is_named(lab: Lab) -> None:
    nowhere = lab.folder / "nowhere" / "file"
    for words in (("open", nowhere, lab.log), ("open", lab.folder / "play bill", nowhere)):
        assert str(nowhere) in lab.error(*words)
    (lab.folder / "bytes").write_bytes(b"\xff\xfe")
    assert "utf-8" in lab.error("open", lab.folder / "bytes", lab.log)
    assert fetch(*lab.listening(server())) == POEM


@pytest.mark.parametrize("part", [server, "down {port}\n".format])
def test_a_port_in_use_is_named_and_what_was_opened_before_it_is_freed(lab: Lab, part: Callable[..., str]) -> None:
    [free] = lab.listening(server())
    assert fetch(free) == POEM  # the server ended the connection, so the kernel keeps the port for a while
    lab.close()
    with dead_port() as taken:
        assert taken in lab.error(server(port=free), part(port=taken.partition(":")[2]))
        assert refuses(free)
    assert lab.listening(server(port=free)) == [free]


def test_closing_the_servers_ends_a_connection_that_has_stalled(lab: Lab) -> None:
    [port] = lab.listening(server("0 send 10\n0 stall\n"))
    with connect(port) as client:
        assert client.recv(99) == POEM[:10]
        assert acts(lab.close()) == ["accept", "send", "reset"]
        with pytest.raises(ConnectionResetError):
            client.recv(99)


def test_if_the_disk_is_full_the_close_gives_an_error_and_the_poem_is_served_anyway(lab: Lab) -> None:
    sends = len(POEM)
    slowly = "".join(f"{index * 0.01:g} send 1\n" for index in range(sends)) + f"{sends * 0.01:g} close\n"
    log, lab.log = lab.log, Path("/dev/full")
    [port] = lab.listening(server(slowly))
    assert fetch(port) == POEM
    assert lab.error("close") == "the send log is not complete: [Errno 28] No space left on device"
    lab.log = log
    [port] = lab.listening(server())
    assert fetch(port) == POEM
    assert acts(lab.close()) == ["accept", "send", "close"]


def test_a_second_open_gives_an_error_and_does_not_change_the_first(lab: Lab) -> None:
    [port] = lab.listening(server())
    assert fetch(port) == POEM
    assert lab.error(server()) == "a playbill is open already"
    assert fetch(port) == POEM
    assert acts(lab.close()) == ["accept", "send", "close"] * 2


def test_a_close_without_an_open_gives_only_an_error(lab: Lab) -> None:
    assert lab.error("close") == "no playbill is open"
    lab.listening(server())
    lab.close()
    assert lab.error("close") == "no playbill is open"


@pytest.mark.parametrize(
    "words", [["dance"], [""], ["open"], ["open", "only one"], ["close", "now"], ["open\0", "\xe9"]]
)
def test_an_unknown_command_gives_an_error_and_the_next_one_is_carried_out(lab: Lab, words: list[str]) -> None:
    answer, message = lab.ask(*words)
    assert answer == "error" and message.startswith("unknown command ")
    assert fetch(*lab.listening(server())) == POEM


def test_the_end_of_standard_input_ends_the_process_cleanly_and_keeps_the_log(lab: Lab) -> None:
    [port] = lab.listening(server(IN_AN_HOUR))
    with connect(port) as client:
        assert client.recv(99) == POEM[:10]
        assert lab.process.communicate() == ("", "")
    assert lab.process.returncode == 0
    assert acts([json.loads(line) for line in lab.log.read_text().splitlines()])[:2] == ["accept", "send"]
