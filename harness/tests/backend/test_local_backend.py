"""Clients as processes of this machine: what they get, what they cost, and that nothing is left of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from backend_cell import LIMITS, client, program, run
from lab_process import SECONDS, alive, eventually

from harness.backend import descendants, ownership, process_cost
from harness.backend.local import NICE, LocalBackend
from harness.run.recorder import record
from harness.run.servers import Servers
from harness.spec.server_program import REFERENCE, discover

SERVERS = discover()[REFERENCE]
SLEEP = ["sleep", "1000"]


@pytest.fixture
def local() -> Iterator[LocalBackend]:
    with LocalBackend(ownership.this_owner(), install=False) as backend:
        yield backend


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process that looks like a client of another lab that is alive (process 1)."""
    boot, namespace, *_ = ownership.this_owner().split("/")
    first = Path("/proc/1/stat").read_text().rpartition(")")[2].split()[19]
    theirs = {ownership.VARIABLE: f"{boot}/{namespace}/1/{first}", ownership.ROLE: "client"}
    with subprocess.Popen(SLEEP, env={**os.environ, **theirs}, start_new_session=True) as process:
        yield process
        process.kill()


def test_a_client_gets_a_small_fixed_environment(
    local: LocalBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_USER", "not for clients")
    monkeypatch.setenv("LC_ALL", "C")
    one = program(tmp_path / "client", "import json, os\nprint(json.dumps(dict(os.environ)))\n")
    run(local, one, tmp_path / "cell")
    environment = json.loads((tmp_path / "cell" / "stdout").read_text())
    assert set(environment) <= {
        "PATH",
        "PYTHONPATH",
        "LANG",
        "LC_CTYPE",
        "TZ",
        "HOME",
        ownership.VARIABLE,
        ownership.ROLE,
        ownership.CLIENT,
    }
    assert environment["LANG"] == "C.UTF-8"


def test_a_client_gets_its_arguments_and_an_empty_standard_input(local: LocalBackend, tmp_path: Path) -> None:
    one = program(tmp_path / "client", "import sys\nprint(sys.argv[1:], repr(sys.stdin.read()))\n")
    run(local, one, tmp_path / "cell", ["127.0.0.1:1", "two words"])
    assert (tmp_path / "cell" / "stdout").read_text() == "['127.0.0.1:1', 'two words'] ''\n"


def test_a_relative_command_counts_from_the_clients_folder(local: LocalBackend, tmp_path: Path) -> None:
    (tmp_path / "my-client").write_text("#!/bin/sh\npwd\n")
    (tmp_path / "my-client").chmod(0o755)
    assert run(local, client(tmp_path, "./my-client"), tmp_path / "cell").exit.status == 0
    assert (tmp_path / "cell" / "stdout").read_text() == f"{tmp_path.resolve()}\n"


@pytest.mark.parametrize("command", ["./missing", "no-such-command-anywhere"])
def test_a_missing_command_is_an_os_error(local: LocalBackend, command: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        local.start(client(tmp_path, command), [])


def test_the_cost_of_a_client_is_its_own(local: LocalBackend, tmp_path: Path) -> None:
    # They run for a while, so that their memory is sampled even on a busy machine.
    code = "import time\nx = b'x' * 100_000_000\nwhile time.process_time() < 0.3:\n    pass\ntime.sleep(3)\n"
    large = run(local, program(tmp_path / "client", code), tmp_path / "large").exit
    small = run(local, client(tmp_path, "sleep", "3"), tmp_path / "small").exit
    assert large.cpu_s is not None and 0.3 <= large.cpu_s < 10
    assert large.max_rss_bytes is not None and 100_000_000 < large.max_rss_bytes < 300_000_000
    assert small.cpu_s is not None and small.cpu_s < 0.2
    assert small.max_rss_bytes is not None and small.max_rss_bytes < 8_000_000  # and not the tests' own


@pytest.mark.parametrize(("code", "status", "signum"), [("exit(7)", 7, None), ("os.kill(os.getpid(), 15)", None, 15)])
def test_a_status_and_a_signal_are_told_apart(
    local: LocalBackend, code: str, status: int | None, signum: int | None, tmp_path: Path
) -> None:
    end = run(local, program(tmp_path / "client", f"import os\n{code}\n"), tmp_path / "cell").exit
    assert (end.status, end.signal, end.left_behind) == (status, signum, 0)


LEAVE = """
import subprocess
hidden = subprocess.Popen(["sh", "-c", "sleep 1000 & exec sleep 1000"], start_new_session=True, env={})
plain = subprocess.Popen(["sleep", "1000"])
print(hidden.pid, plain.pid, flush=True)
"""


def test_a_helper_that_ends_with_its_client_was_not_left_behind(
    local: LocalBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(descendants, "GRACE", 60.0)  # seconds in which five processes end, even on a busy machine
    code = "import subprocess\nfor _ in range(5):\n    subprocess.Popen(['cat'], stdin=subprocess.PIPE)\n"
    assert run(local, program(tmp_path / "client", code), tmp_path / "cell").exit.left_behind == 0


def test_a_client_that_ends_takes_its_family_with_it(local: LocalBackend, tmp_path: Path) -> None:
    end = run(local, program(tmp_path / "client", LEAVE), tmp_path / "cell").exit
    assert end.left_behind >= 2  # the third may have had no time to begin
    assert not any(alive(int(pid)) for pid in (tmp_path / "cell" / "stdout").read_text().split())


def test_a_client_that_is_killed_takes_its_family_with_it(local: LocalBackend, tmp_path: Path) -> None:
    process = local.start(program(tmp_path / "client", LEAVE + "plain.wait()\n"), [])
    told: list[tuple[str, bytes]] = []
    eventually(lambda: told or told.extend(process.sources[0].read() or []), "the client tells its children")
    process.kill()
    assert process.wait().signal == signal.SIGKILL
    assert not any(alive(int(pid)) for pid in told[0][1].split())


def test_a_sweep_ends_only_what_dead_labs_have_left(bystander: subprocess.Popen[bytes], tmp_path: Path) -> None:
    code = "from harness.backend import ownership; print(ownership.this_owner())"
    dead = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    left = subprocess.Popen(SLEEP, env={**os.environ, ownership.VARIABLE: dead, ownership.ROLE: "client"})
    unlabelled = subprocess.Popen(SLEEP)
    try:
        with LocalBackend(ownership.this_owner(), install=False) as local:
            assert left.wait(30) == -signal.SIGKILL
            run(local, program(tmp_path / "client", "pass\n"), tmp_path / "cell")
        assert bystander.poll() is None
        assert unlabelled.poll() is None
    finally:
        for process in (left, unlabelled):
            process.kill()
            process.wait()


def test_if_two_clients_run_at_once_the_first_to_end_does_not_end_the_others_processes(
    local: LocalBackend, tmp_path: Path
) -> None:
    # Each waits until it may end; the second leaves orphans without marks, in another session.
    wait = "import sys\nopen(sys.argv[1]).read()\n"
    orphans = """
import subprocess
subprocess.run(["sh", "-c", "env -i setsid sleep 1000 & env -i setsid sleep 1000 &"])
print("left", flush=True)
"""
    for gate in ("first", "second"):
        os.mkfifo(tmp_path / gate)
    first = local.start(program(tmp_path / "one", wait), [str(tmp_path / "first")])
    second = local.start(program(tmp_path / "two", orphans + wait), [str(tmp_path / "second")])
    eventually(lambda: second.sources[0].read() == [("stdout", b"left\n")], "the second has left its orphans")
    (tmp_path / "first").write_text("")
    end = record(first, tmp_path / "cell", LIMITS, time.monotonic()).exit
    assert (end.status, end.left_behind) == (0, 0)
    (tmp_path / "second").write_text("")
    end = record(second, tmp_path / "other", LIMITS, time.monotonic()).exit
    assert (end.status, end.left_behind) == (0, 2)


def test_servers_go_before_clients_and_for_root_before_the_rest_of_the_machine(
    local: LocalBackend, tmp_path: Path
) -> None:
    with Servers(local.pod(SERVERS, tmp_path), REFERENCE):
        mine = [(pid, role) for pid, owner, role in ownership.labelled() if owner == ownership.this_owner()]
        [(pid, role)] = mine
        niceness = os.getpriority(os.PRIO_PROCESS, pid)
    assert role == "servers"
    assert niceness < os.getpriority(os.PRIO_PROCESS, 0) if os.geteuid() == 0 else niceness < NICE


def test_an_orphan_without_marks_is_ended_after_the_last_of_two_clients(local: LocalBackend, tmp_path: Path) -> None:
    # It keeps the first one's output open, which is recorded until it ends.
    first = program(
        tmp_path / "first",
        "import subprocess\nsubprocess.Popen(['/usr/bin/setsid', '/usr/bin/sleep', '1000'], env={})\n",
    )
    second = program(tmp_path / "second", "input()\n")
    processes = [local.start(first, []), local.start(second, [])]
    with ThreadPoolExecutor() as threads:
        recordings = [
            threads.submit(record, process, tmp_path / str(number), LIMITS, time.monotonic())
            for number, process in enumerate(processes)
        ]
        found = [each.result() for each in recordings]
    assert [each.stopped for each in found] == [None, None]
    assert sum(each.exit.left_behind for each in found) == 1


def test_an_orphan_that_two_threads_find_counts_once(local: LocalBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    known, waits, ends_by = descendants.children(), Event(), descendants._ends_by

    def first_waits(pid: int, deadline: float) -> bool:
        waits.set()
        return ends_by(pid, deadline)

    monkeypatch.setattr(descendants, "_ends_by", first_waits)
    subprocess.run(["sh", "-c", "sleep 1000 &"])
    with ThreadPoolExecutor() as threads:
        first = threads.submit(descendants.end_children_but, known)
        assert waits.wait(SECONDS)
        second = threads.submit(descendants.end_children_but, known)  # it would take the first one's kill for its end
        assert (first.result(), second.result()) == (1, 0)


def test_a_long_chain_of_processes_is_found_and_so_is_the_child_of_a_thread() -> None:
    chain = 'echo $1; if [ $1 -gt 0 ]; then sh "$0" $(($1 - 1)); else read line; fi; :'
    in_thread = "import subprocess, threading; threading.Thread(target=subprocess.run, args=(['cat'],)).start()"
    with tempfile.NamedTemporaryFile("w") as script:
        script.write(chain)
        script.flush()
        all_are_found(["sh", script.name, "600"], 600)  # Python's stack has room for 1000 calls
    all_are_found([sys.executable, "-c", in_thread], 1)


def all_are_found(command: list[str], count: int) -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True) as process:
        eventually(lambda: len(process_cost.descendants(process.pid)) == count, f"{count} descendants")
        os.killpg(process.pid, signal.SIGKILL)
