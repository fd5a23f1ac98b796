"""The clients with a transformation, as real programs against a real transform server (seed parts 17 and 18).

Apart from the first argument they keep the client contract, so they are run as `test_clients.py` runs the others.
"""

import select
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.client_process import Client, Outcome, fetch, finish, got, running
from tests.scripted_server import RESET, ScriptedServer, dead_port

PACKAGE = "slowpoetry.transform"
USAGE = "usage: get-poetry [--transformation NAME] [host:]transform-port [host:]port ..."
ERROR = "get-poetry: error: "
EACH = ["inlinecallbacks", "inlinecallbacks_alone", "deferredlist"]
EVERY = [*EACH, "deferredlist_at_end"]

every = pytest.mark.parametrize("name", EVERY)
each = pytest.mark.parametrize("name", EACH)


class Server:
    """A transform server as a program: its address, and what it prints."""

    def __init__(self, process: Any) -> None:
        self.process = process
        self.address = process.stdout.readline().removesuffix(".\n").rpartition(" ")[2]

    def says(self) -> str:
        return self.process.stdout.readline().rstrip().partition(": ")[2]


@pytest.fixture
def transformer(start: Callable[..., Any]) -> Server:
    return Server(start(PACKAGE))


def client(name: str, *arguments: str) -> Client:
    """One of the clients with its first arguments; `fetch` and `running` add the addresses of the poems."""
    return {"command": ["python3", "-m", f"{PACKAGE}.{name}", *arguments]}


def not_transformed(why: str, address: str, task: int = 1) -> str:
    return f"Task {task}: not transformed: {why} ({address})"


def sorted_lines(outcome: Outcome) -> tuple[int, bytes, list[str]]:
    status, stdout, stderr = outcome
    return status, stdout, sorted(stderr)


@every
def test_each_poem_is_printed_in_lower_case(name: str, transformer: Server) -> None:
    with ScriptedServer(b"ONE\n") as one, ScriptedServer("ÉTÉ".encode()) as two:
        status, stdout, lines = fetch(client(name, transformer.address), str(one.port), two.address, anew=True)
    assert status == 0
    assert stdout in ("one\n\nété\n".encode(), "été\none\n\n".encode())
    assert sorted(lines) == [got(4, one.address), got(5, two.address, task=2)]
    assert sorted([transformer.says(), transformer.says()]) == ["cummingsify of 4 bytes", "cummingsify of 5 bytes"]


@every
def test_a_port_alone_is_enough_for_the_transform_server(name: str, transformer: Server) -> None:
    with ScriptedServer(b"ONE") as one:
        assert fetch(client(name, transformer.address.rpartition(":")[2]), one.address)[1] == b"one\n"


@every
def test_an_empty_poem_is_a_newline(name: str, transformer: Server) -> None:
    with ScriptedServer() as one:
        assert fetch(client(name, transformer.address), one.address) == (0, b"\n", [])


@every
def test_the_longest_poem_has_an_answer_that_is_even_longer(name: str, transformer: Server) -> None:
    poem = "İ" * 524_282  # with the name this is the longest request; in the answer each letter has three bytes
    with ScriptedServer(poem.encode()) as one:
        status, stdout, _ = fetch(client(name, transformer.address), one.address)
    assert (status, stdout.decode()) == (0, poem.lower() + "\n")


@every
def test_without_a_transform_server_the_poem_is_printed_unchanged(name: str) -> None:
    with dead_port() as dead, ScriptedServer(b"One") as one:
        outcome = fetch(client(name, dead), one.address)
    assert outcome == (0, b"One\n", [got(3, one.address), not_transformed("connection refused", dead)])


@every
def test_an_unknown_transformation_leaves_the_poem_unchanged(name: str, transformer: Server) -> None:
    with ScriptedServer(b"One") as one:
        outcome = fetch(client(name, "--transformation", "shout", transformer.address), one.address)
    why = not_transformed("closed without an answer", transformer.address)
    assert outcome == (0, b"One\n", [got(3, one.address), why])
    assert transformer.says() == "refused: there is no transformation 'shout'"


@every
def test_one_poem_that_cannot_be_transformed_does_not_affect_the_others(name: str, transformer: Server) -> None:
    latin = "ÉTÉ".encode("latin-1")
    with ScriptedServer(latin) as one, ScriptedServer(b"Two") as two:
        status, stdout, lines = fetch(client(name, transformer.address), one.address, two.address)
    assert status == 0
    assert stdout in (latin + b"\ntwo\n", b"two\n" + latin + b"\n")
    why = not_transformed("closed without an answer", transformer.address)
    assert sorted(lines) == [got(3, one.address), why, got(3, two.address, task=2)]


WRONG_ANSWERS = [
    ((b"100:half an ans", RESET), "connection reset"),
    ((b"hello", threading.Event().wait), "the answer is not a netstring"),
    ((b"9999999:", threading.Event().wait), "the answer is not a netstring"),
]


@every
@pytest.mark.parametrize(("script", "why"), WRONG_ANSWERS, ids=["reset", "no-netstring", "too-long"])
def test_a_bad_answer_leaves_the_poem_unchanged(name: str, script: Any, why: str) -> None:
    with ScriptedServer(*script) as wrong, ScriptedServer(b"One") as one:
        outcome = fetch(client(name, wrong.address), one.address)
    assert outcome == (0, b"One\n", [got(3, one.address), not_transformed(why, wrong.address)])


@every
def test_a_second_answer_is_ignored(name: str) -> None:
    with ScriptedServer(b"3:one,3:two,") as twice, ScriptedServer(b"One") as one:
        assert fetch(client(name, twice.address), one.address) == (0, b"one\n", [got(3, one.address)])


@every
def test_a_transform_server_with_an_unknown_host_leaves_the_poem_unchanged(name: str) -> None:
    nowhere = ".".join(["poems"] * 60) + ":1"  # longer than a name can be, so no name server is asked
    with ScriptedServer(b"One") as one:
        outcome = fetch(client(name, nowhere), one.address)
    assert outcome == (0, b"One\n", [got(3, one.address), not_transformed("unknown host", nowhere)])


@every
def test_a_refused_address_is_reported_and_the_other_poem_is_transformed(name: str, transformer: Server) -> None:
    with dead_port() as dead, ScriptedServer(b"ALIVE") as one:
        outcome = fetch(client(name, transformer.address), dead, one.address)
    expected = [f"Task 1: failed: connection refused ({dead})", got(5, one.address, task=2)]
    assert sorted_lines(outcome) == (1, b"alive\n", expected)


@every
def test_a_poem_reset_midway_is_reported_and_not_transformed(name: str, transformer: Server) -> None:
    seen = threading.Event()
    with (
        ScriptedServer(b"HALF A", seen.wait, RESET) as broken,
        ScriptedServer(b"WHOLE") as whole,
        running(client(name, transformer.address), broken.address, whole.address) as process,
    ):
        lines = sorted(process.stderr.readline().decode().rstrip() for _ in range(2))
        assert lines == [got(6, broken.address), got(5, whole.address, task=2)]
        seen.set()
        assert finish(process) == (1, b"whole\n", [f"Task 1: failed: connection reset ({broken.address})"])
    assert transformer.says() == "cummingsify of 5 bytes"
    transformer.process.send_signal(signal.SIGINT)
    assert transformer.process.stdout.read() == ""  # the incomplete poem was not sent there


@every
def test_the_client_ends_when_everything_fails(name: str) -> None:
    with dead_port() as dead:
        outcome = fetch(client(name, dead), dead, dead)
    assert sorted_lines(outcome) == (
        1,
        b"",
        [f"Task {task}: failed: connection refused ({dead})" for task in (1, 2)],
    )


@every
def test_without_an_address_of_a_poem_the_client_prints_the_usage(name: str) -> None:
    assert fetch(client(name), "10000") == (
        2,
        b"",
        [USAGE, f"{ERROR}the following arguments are required: [host:]port"],
    )


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "the following arguments are required: [host:]transform-port, [host:]port"),
        (["10000", "65536"], "bad argument '65536': the port is not a number from 1 to 65535"),
        (["port", "10001"], "bad argument 'port': the port is not a number from 1 to 65535"),
        (["--transformation", "a.b", "10000", "10001"], "'a.b' cannot be a transformation's name"),
        (["--transformation", "", "10000", "10001"], "'' cannot be a transformation's name"),
        (["--shout", "10000", "10001"], "unrecognized arguments: --shout"),
    ],
)
def test_a_bad_command_line_fetches_nothing_and_prints_the_usage(arguments: list[str], why: str) -> None:
    status, stdout, lines = fetch(client(EVERY[0]), *arguments)
    assert (status, stdout, lines[0], len(lines)) == (2, b"", USAGE, 2)
    assert lines[1].startswith(ERROR)
    assert why in lines[1]


@every
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_client_without_a_traceback(name: str, number: int) -> None:
    never = threading.Event()
    with (
        dead_port() as dead,
        ScriptedServer(b"a poem", never.wait) as one,
        running(client(name, dead), one.address) as process,
    ):
        assert process.stderr.readline().decode() == got(6, one.address) + "\n"
        process.send_signal(number)
        assert finish(process) == (-number, b"", [])


@each
def test_a_poem_is_printed_while_an_earlier_one_is_still_coming(name: str, transformer: Server) -> None:
    seen = threading.Event()
    with (
        ScriptedServer(seen.wait, b"SLOW") as slow,
        ScriptedServer(b"QUICK") as quick,
        running(client(name, transformer.address), slow.address, quick.address) as process,
    ):
        assert process.stdout.readline() == b"quick\n"
        seen.set()
        assert finish(process)[:2] == (0, b"slow\n")


def test_the_client_that_waits_prints_poems_and_failures_at_the_end_in_argument_order(
    transformer: Server,
) -> None:
    started, finished = threading.Event(), threading.Event()
    with (
        dead_port() as dead,
        ScriptedServer(started.wait, b"SL", finished.wait, b"OW") as slow,
        ScriptedServer(b"QUICK") as quick,
        running(client("deferredlist_at_end", transformer.address), slow.address, dead, quick.address) as process,
    ):
        assert process.stderr.readline().decode() == got(5, quick.address, task=3) + "\n"
        assert transformer.says() == "cummingsify of 5 bytes"
        started.set()
        assert (
            process.stderr.readline().decode() == got(2, slow.address) + "\n"
        )  # nothing yet about the refused address
        assert select.select([process.stdout], [], [], 0) == ([], [], [])
        finished.set()
        expected = [got(2, slow.address), f"Task 2: failed: connection refused ({dead})"]
        assert finish(process) == (1, b"slow\nquick\n", expected)
