"""The client contract: every client is run as a real program against real sockets.

The manifest of a client (`together` or `in-turn`) decides what is expected. Servers wait for events that a test
sets, and never for time to pass.
"""

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest

from tests.client_process import (
    CLIENTS,
    EVERY,
    IN_TURN,
    SECONDS_TO_LIVE,
    TOGETHER,
    Client,
    each,
    fetch,
    finish,
    got,
    running,
)
from tests.scripted_server import HANG_UP, RESET, ScriptedServer, dead_port, mute_port

USAGE = "usage: get-poetry [--timeout SECONDS] [host:]port ..."
LETTERS = [b"a", b"b", b"c", b"d", b"e", b"f", b"g", b"h"]


def test_every_client_has_a_manifest() -> None:
    programs = [path.stem for path in CLIENTS.glob("*.py") if "__main__" in path.read_text()]
    declared = [manifest["command"][-1] for manifest in EVERY]
    assert sorted(declared) == sorted(f"slowpoetry.clients.{name}" for name in programs) != []


@each(EVERY)
def test_two_poems_come_whole_each_followed_by_one_newline(client: Client) -> None:
    long_poem = b"No road is long\n" * 50_000
    with ScriptedServer(b"ends in a newline\n") as short, ScriptedServer(long_poem) as long:
        status, stdout, lines = fetch(client, str(short.port), long.address, anew=True)
    assert status == 0
    assert stdout in (b"ends in a newline\n\n" + long_poem + b"\n", long_poem + b"\nends in a newline\n\n")
    assert got(18, short.address) in lines
    sizes = re.findall(rf"Task 2: got (\d+) bytes of poetry from {long.address}\n", "\n".join([*lines, ""]))
    assert sum(map(int, sizes)) == len(long_poem)
    assert len(lines) == 1 + len(sizes)


@each(EVERY)
def test_an_empty_poem_is_a_newline_without_progress(client: Client) -> None:
    with ScriptedServer() as server:
        assert fetch(client, server.address) == (0, b"\n", [])


@each(EVERY)
def test_a_character_split_between_two_reads_arrives_whole(client: Client) -> None:
    seen = threading.Event()
    with ScriptedServer(b"caf\xc3", seen.wait, b"\xa9") as server, running(client, server.address) as process:
        assert process.stderr.readline().decode() == got(4, server.address) + "\n"
        seen.set()
        assert finish(process) == (0, b"caf\xc3\xa9\n", [got(1, server.address)])


@each(EVERY)
def test_a_refused_address_is_reported_and_the_other_poem_is_printed(client: Client) -> None:
    with dead_port() as dead, ScriptedServer(b"alive") as server:
        status, stdout, lines = fetch(client, dead, server.address)
    assert (status, stdout) == (1, b"alive\n")
    assert sorted(lines) == [f"Task 1: failed: connection refused ({dead})", got(5, server.address, task=2)]


@each(EVERY)
def test_a_poem_reset_midway_is_reported_and_not_printed(client: Client) -> None:
    seen = threading.Event()
    with ScriptedServer(b"half a", seen.wait, RESET) as server, running(client, server.address) as process:
        assert process.stderr.readline().decode() == got(6, server.address) + "\n"
        seen.set()
        assert finish(process) == (1, b"", [f"Task 1: failed: connection reset ({server.address})"])


@each(EVERY)
def test_a_host_name_is_looked_up_and_repeated_in_the_progress_line(client: Client) -> None:
    with ScriptedServer(b"a poem") as server:
        address = f"localhost:{server.port}"
        assert fetch(client, address) == (0, b"a poem\n", [got(6, address)])


@each(EVERY)
def test_ipv6_addresses_are_fetched_and_named_in_brackets(client: Client) -> None:
    with dead_port("::1") as dead, ScriptedServer(b"a poem", host="::1") as server:
        status, stdout, lines = fetch(client, server.address, dead)
    assert (status, stdout) == (1, b"a poem\n")
    assert sorted(lines) == [got(6, f"[::1]:{server.port}"), f"Task 2: failed: connection refused ({dead})"]


@each(EVERY)
def test_all_addresses_of_a_name_are_tried_and_lines_name_it_as_it_was_typed(client: Client) -> None:
    with alive_at_the_second_address() as server, dead_port("127.0.0.1") as dead:
        alive, port = f"dual.example:{server.port}", dead.rpartition(":")[2]
        status, stdout, lines = fetch(with_two_addresses(client), alive, f"dual.example:{port}")
    assert (status, stdout) == (1, b"a poem\n")
    assert sorted(lines) == [got(6, alive), f"Task 2: failed: connection refused (dual.example:{port})"]


@contextmanager
def alive_at_the_second_address() -> Iterator[ScriptedServer]:
    """A server at 127.0.0.1; nothing listens at its port of ::1."""
    while True:
        with ExitStack() as stack:
            server = stack.enter_context(ScriptedServer(b"a poem"))
            try:
                stack.enter_context(dead_port("::1", server.port))
            except OSError:
                continue  # another program has that port of ::1
            yield server
            return


def with_two_addresses(client: Client) -> Client:
    """The client on a machine whose name service knows ::1 and, after it, 127.0.0.1 as the addresses of any name."""
    names = (
        "import runpy, socket; known = socket.getaddrinfo; "
        "socket.getaddrinfo = lambda host, port, *more, **kinds: "
        "[*known('::1', port, type=1), *known('127.0.0.1', port, type=1)] if host in ('dual.example', b'dual.example') "
        "else known(host, port, *more, **kinds); "
        f"runpy.run_module({client['command'][2]!r}, run_name='__main__', alter_sys=True)"
    )
    return {**client, "command": ["python3", "-c", names]}


@each(EVERY)
@pytest.mark.parametrize("label", ["poems", "☃"])  # the snowman is a valid name by the older rule for names only
def test_a_name_without_an_address_is_an_unknown_host(client: Client, label: str) -> None:
    name = ".".join([label] * 60)  # longer than a name can be, so no name server is asked
    assert fetch(client, f"{name}:1") == (1, b"", [f"Task 1: failed: unknown host ({name}:1)"])


@each(EVERY)
@pytest.mark.parametrize("bad", ["port", "65536", ":1", None])
def test_a_bad_command_line_fetches_nothing_and_prints_the_usage(client: Client, bad: str | None) -> None:
    calls: list[str] = []
    with ScriptedServer(partial(calls.append, "call")) as server:
        status, stdout, lines = fetch(client, *([server.address, bad] if bad else []))
    assert (status, stdout, calls) == (2, b"", [])
    assert (bad or "no address") in lines[0]
    assert lines[1:] == [USAGE]


@each(EVERY)
@pytest.mark.parametrize("seconds", ["0", None])
def test_a_bad_timeout_fetches_nothing_and_prints_the_usage(client: Client, seconds: str | None) -> None:
    calls: list[str] = []
    with ScriptedServer(partial(calls.append, "call")) as server:
        arguments = ["--timeout"] if seconds is None else ["--timeout", seconds, server.address]
        status, stdout, lines = fetch(client, *arguments)
    assert (status, stdout, calls) == (2, b"", [])
    assert lines[0].startswith("get-poetry: bad timeout") and "above 0 and at most 3600" in lines[0]
    assert lines[1:] == [USAGE]


@each(EVERY)
def test_a_silent_server_times_out_its_connection_is_closed_and_the_others_come(client: Client) -> None:
    left = threading.Event()
    in_time: list[bool] = []
    # The good server is never silent for long; it sends until the other one has timed out, and a while after that.
    beats = [b".", partial(left.wait, 0.1)] * 150
    coda = [b"!", partial(threading.Event().wait, 0.2)] * 4
    with (
        ScriptedServer(b"half a", HANG_UP, left.set) as silent,
        ScriptedServer(*beats, lambda: in_time.append(left.is_set()), *coda) as good,
    ):
        status, stdout, lines = fetch(client, "--timeout", "3", silent.address, good.address)
    assert (status, stdout) == (1, b"." * 150 + b"!!!!\n")
    assert in_time == [True]
    assert got(6, silent.address) in lines
    assert [line for line in lines if "failed" in line] == [f"Task 1: failed: timed out ({silent.address})"]


@each(EVERY)
def test_a_change_of_the_wall_clock_causes_no_time_out(client: Client) -> None:
    leaps = "import itertools, time; time.time = map(float, itertools.count(0, 10_000)).__next__"
    program = f"import runpy; runpy.run_module({client['command'][2]!r}, run_name='__main__', alter_sys=True)"
    stepped = {**client, "command": ["python3", "-c", f"{leaps}; {program}"]}
    with ScriptedServer(b"No road is long\n", partial(threading.Event().wait, 0.3), b"with poetry along.") as server:
        status, stdout, lines = fetch(stepped, "--timeout", "3600", server.address)
    assert (status, stdout) == (0, b"No road is long\nwith poetry along.\n"), lines


@each(EVERY)
def test_an_address_that_does_not_answer_times_out(client: Client) -> None:
    with mute_port() as mute:
        status, stdout, lines = fetch(client, "--timeout", "0.3", mute)
    assert (status, stdout, lines) == (1, b"", [f"Task 1: failed: timed out ({mute})"])


@each(EVERY)
def test_a_closed_stdout_stops_the_client_without_a_traceback(client: Client) -> None:
    closed, never = threading.Event(), threading.Event()
    with (
        ScriptedServer(closed.wait, b"unread") as server,
        ScriptedServer(never.wait) as other,
        running(client, server.address, other.address) as process,
    ):
        process.stdout.close()
        closed.set()
        assert finish(process) == (1, b"", [got(6, server.address)])


@each(EVERY)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_client_and_its_connections_but_keeps_what_was_printed(client: Client, number: int) -> None:
    left = threading.Event()
    with (
        ScriptedServer(b"a poem") as good,
        ScriptedServer(b"half a", HANG_UP, left.set) as slow,
        running(client, good.address, slow.address) as process,
    ):
        told = {process.stderr.readline().decode() for _ in range(2)}
        assert process.stdout.readline() == b"a poem\n"
        process.send_signal(number)
        assert finish(process) == (-number, b"", [])
        assert left.wait(SECONDS_TO_LIVE)
    assert told == {got(6, good.address) + "\n", got(6, slow.address, task=2) + "\n"}


@each(TOGETHER)
def test_a_poem_is_printed_while_an_earlier_one_is_still_coming(client: Client) -> None:
    seen = threading.Event()
    with (
        ScriptedServer(seen.wait, b"slow") as slow,
        ScriptedServer(b"quick") as quick,
        running(client, slow.address, quick.address) as process,
    ):
        assert process.stdout.readline() == b"quick\n"
        seen.set()
        assert finish(process)[:2] == (0, b"slow\n")


@each(TOGETHER)
def test_an_address_that_does_not_answer_does_not_hold_up_the_others(client: Client) -> None:
    with ScriptedServer(b"quick") as quick, mute_port() as mute, running(client, mute, quick.address) as process:
        assert process.stdout.readline() == b"quick\n"


@each(TOGETHER)
def test_200_connections_are_open_at_once(client: Client) -> None:
    everybody = threading.Barrier(200)
    with ScriptedServer(everybody.wait, b"a poem") as server:
        status, stdout, lines = fetch(client, *[server.address] * 200)
    assert (status, stdout) == (0, b"a poem\n" * 200)
    assert sorted(lines) == sorted(got(6, server.address, task) for task in range(1, 201))


@each(TOGETHER)
def test_poems_that_come_at_the_same_time_are_not_mixed(client: Client) -> None:
    size = 1_000_000  # more than all buffers between the client and its reader hold, so that printing takes a while
    everybody = threading.Barrier(8)
    with ExitStack() as stack:
        servers = [stack.enter_context(ScriptedServer(everybody.wait, letter * size)) for letter in LETTERS]
        status, stdout, lines = fetch(client, *(server.address for server in servers))
    assert status == 0
    assert sorted(stdout.splitlines()) == [letter * size for letter in LETTERS]
    assert all(re.fullmatch(r"Task [1-8]: got \d+ bytes of poetry from 127\.0\.0\.1:\d+", line) for line in lines)


@each(TOGETHER)
def test_tasks_beyond_the_limit_of_open_files_fail_and_the_others_come(client: Client) -> None:
    seen = threading.Event()
    with (
        ScriptedServer(seen.wait, b"a poem") as server,
        running(client, *[server.address] * 60, limits=["--nofile=40"]) as process,
    ):
        first = process.stderr.readline().decode()
        seen.set()
        status, stdout, rest = finish(process)
    lines = [first.rstrip("\n"), *rest]
    failures = [line for line in lines if line.endswith(f": failed: too many open files ({server.address})")]
    assert status == 1
    assert lines[0] in failures
    assert len(lines) == 60
    assert stdout == b"a poem\n" * (60 - len(failures)) != b""


@each([client for client in EVERY if client["name"] == "python-threads"])
def test_a_thread_that_cannot_be_started_fails_only_its_own_task(client: Client) -> None:
    seen = threading.Event()
    with (
        ScriptedServer(seen.wait, b"a poem") as server,
        # A thread's stack is as large as the limit for the main thread: this address space has room for only one.
        running(client, server.address, server.address, limits=["--stack=1000000000", "--as=1600000000"]) as process,
    ):
        failure = process.stderr.readline().decode()
        seen.set()
        assert finish(process) == (1, b"a poem\n", [got(6, server.address)])
    assert failure == f"Task 2: failed: can't start new thread ({server.address})\n"


@each(IN_TURN)
def test_a_sequential_client_connects_only_after_the_poem_before_has_ended(client: Client) -> None:
    acts: list[str] = []
    seen = threading.Event()
    with (
        ScriptedServer(b"first", seen.wait, partial(acts.append, "first poem ends")) as first,
        ScriptedServer(partial(acts.append, "second is called")) as second,
        running(client, first.address, second.address) as process,
    ):
        assert process.stderr.readline().decode() == got(5, first.address) + "\n"
        seen.set()
        assert finish(process)[:2] == (0, b"first\n\n")
    assert acts == ["first poem ends", "second is called"]
