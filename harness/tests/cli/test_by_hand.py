"""The tasks for people: `serve`, `doctor`, `clean`."""

from __future__ import annotations

import shlex
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from demo_terminal import on_terminal
from lab_process import BUILD_SECONDS, SECONDS, lab, lab_running, processes_of

from harness.paths import ROOT

PORTS = (10001, 10002, 10003)


def test_the_seeds_three_servers_serve_until_they_are_interrupted() -> None:
    with lab_running("serve") as process:
        assert process.stdout is not None
        said = []
        while "Ctrl-C ends the servers.\n" not in said:
            said.append(process.stdout.readline())
            assert said[-1], process.stderr.read() if process.stderr else ""
        for name in ("blocking", "get-poetry", "haskell-lazy"):
            assert any(name in line and "10001 10002 10003" in line for line in said)
        for port in PORTS:
            with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
                size = 30 if port == 10003 else 10
                assert len(connection.recv(size)) == size
        second = lab("serve")
        assert second.status == 4
        assert "10001" in second.stderr and "end the other `./lab serve`" in second.stderr
        assert "Traceback" not in second.stderr
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert stdout.endswith("The servers have ended.\n")
    assert stderr == ""
    for port in PORTS:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), SECONDS)


def test_the_seeds_servers_end_with_their_terminal_and_those_of_a_killed_lab_before_the_next_ones() -> None:
    ready = "Ctrl-C ends the servers."
    with on_terminal("serve") as killed:
        killed.until(ready)
        killed.process.kill()
        killed.process.wait(SECONDS)
        assert processes_of(killed.process.pid)
    with on_terminal("serve") as closed:
        closed.until(ready)
        closed.hang_up()
        closed.process.send_signal(signal.SIGHUP)
        closed.process.wait(SECONDS)
        assert not processes_of(closed.process.pid) + processes_of(killed.process.pid)


def test_the_seeds_servers_serve_at_an_ipv6_address_and_the_commands_for_the_clients_name_it() -> None:
    with lab_running("serve", "--iface", "::1") as process:
        assert process.stdout is not None
        said = []
        while "Ctrl-C ends the servers.\n" not in said:
            said.append(process.stdout.readline())
            assert said[-1], process.stderr.read() if process.stderr else ""
        assert sum(f" on [::1]:{port}.\n" in line for line in said for port in PORTS) == len(PORTS)
        [command] = [line for line in said if "clients.blocking" in line]
        addresses = shlex.split(command)[-3:]
        assert addresses == [f"[::1]:{port}" for port in PORTS]
        for port in PORTS:
            with socket.create_connection(("::1", port), SECONDS) as connection:
                assert connection.recv(10)
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 0


def test_an_address_that_is_none_is_named() -> None:
    ended = lab("serve", "--iface", "[::1]")
    assert (ended.status, ended.stdout) == (2, "")
    assert "'[::1]' is not an IP address, such as 127.0.0.1 or ::1" in ended.stderr


def test_the_doctor_finds_that_the_path_changes_nothing(backend: str) -> None:
    ended = lab("doctor", "--backend", backend, seconds=BUILD_SECONDS)
    assert ended.status == 0, ended
    for finding in ("a chunk sent is a chunk read", "a reset arrives", "a half-close arrives", "erlang", "haskell"):
        assert f"ok      path: {finding}" in ended.stdout or f"ok      {finding}" in ended.stdout


def test_clean_removes_what_the_lab_made_and_nothing_else(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True, timeout=SECONDS)
    shutil.copy(ROOT / "lab", clone / "lab")
    (clone / ".venv").symlink_to(ROOT / ".venv")
    built = ("build/site/index.html", "erlang/build/get-poetry", "haskell/build/haskell-lazy")
    for made in (*built, "runs/one/run.json", "notes/build/mine"):
        (clone / made).parent.mkdir(parents=True)
        (clone / made).touch()

    def clean(*options: str) -> None:
        done = subprocess.run([clone / "lab", "clean", *options], capture_output=True, text=True, timeout=SECONDS)
        assert done.returncode == 0, done

    # Run from this checkout, because users may be in any folder: only the clone's own folders may be removed.
    kept = sorted(path for language in ("erlang", "haskell") for path in (ROOT / language).glob("build/*"))
    clean()
    assert all(path.exists() for path in kept)
    assert not (clone / "build").exists()
    assert not (clone / "erlang" / "build").exists()
    assert not (clone / "haskell" / "build").exists()
    assert (clone / "runs" / "one" / "run.json").exists()
    assert (clone / "notes" / "build" / "mine").exists()
    clean("--runs")
    assert not (clone / "runs").exists()
    gone = subprocess.run(["git", "ls-files", "--deleted"], cwd=clone, capture_output=True, text=True, timeout=SECONDS)
    assert gone.stdout == ""
