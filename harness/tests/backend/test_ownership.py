"""Owners of processes: a sweep ends only the processes of dead owners."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from harness.backend import ownership

SECONDS = 60
# Has few files open itself, and may open no more than that.
ENDS_MANY = (
    "import resource, sys; from harness.backend import ownership; "
    "resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16)); ownership.end_processes_of(sys.argv[1])"
)
PRINTS_ITS_OWNER = "from harness.backend import ownership; print(ownership.this_owner(), flush=True); input()"

MAKES_FOLDERS = (
    """
from pathlib import Path
from harness.backend.output_fifos import Fifos
from harness.paths import ROOT
from harness.record.archive import run_folder_of
from harness.spec.conditions import USUAL
fifos, run = Fifos(USUAL, shell=True), run_folder_of(ROOT / "docs" / "example-run.zip")
"""
    + PRINTS_ITS_OWNER
)


@contextmanager
def sleeper(**variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing, with these variables in its environment."""
    process = subprocess.Popen(["sleep", "600"], env={**os.environ, **variables})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def another_owner(program: str = PRINTS_ITS_OWNER, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process of the lab, and the owner that it is."""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_a_sweep_removes_the_temporary_folders_of_a_killed_lab_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mine, strange = ownership.temporary_folder(), tmp_path / f"{ownership.FOLDER}x"
    strange.mkdir()
    with another_owner(MAKES_FOLDERS, TMPDIR=str(tmp_path)):
        assert ownership.sweep_folders() == 0 and len(list(tmp_path.iterdir())) == 4
    assert ownership.sweep_folders() == 2
    assert set(tmp_path.iterdir()) == {mine, strange}


def changed(index: int, value: str) -> str:
    """This owner with one of its four parts (boot, namespace, process id, start) replaced."""
    parts = ownership.this_owner().split("/")
    parts[index] = value
    return "/".join(parts)


def dead_owner() -> str:
    """A dead owner: this process id, started at another time."""
    return changed(3, "1")


def test_a_living_owner_is_not_dead():
    assert not ownership.is_dead(ownership.this_owner())
    with another_owner() as (_, theirs):
        assert theirs != ownership.this_owner()
        assert not ownership.is_dead(theirs)


def test_an_owner_is_dead_once_killed_even_before_its_parent_has_noticed():
    with another_owner() as (process, theirs):
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert ownership.is_dead(theirs)
        process.wait()
        assert ownership.is_dead(theirs)


def test_another_process_with_the_same_number_is_not_the_owner():
    assert ownership.is_dead(dead_owner())


def test_an_owner_from_before_the_last_boot_is_dead():
    assert ownership.is_dead(changed(0, "00000000-0000-0000-0000-000000000000"))


def test_an_owner_in_another_namespace_is_not_taken_for_dead():
    assert not ownership.is_dead(changed(1, "1"))


@pytest.mark.parametrize("label", ["", "nobody", "a/b/c", "a/b/c/d/e"])
def test_an_invalid_label_is_not_taken_for_dead(label):
    assert not ownership.is_dead(label)


def test_a_process_is_found_with_its_owner_and_role():
    with sleeper(**{ownership.VARIABLE: "someone", ownership.ROLE: "client"}) as labelled, sleeper() as bystander:
        found = {pid: (theirs, role) for pid, theirs, role in ownership.labelled()}
        assert found[labelled.pid] == ("someone", "client")
        assert bystander.pid not in found


def test_processes_that_clients_left_are_ended_and_servers_and_others_are_not():
    mine, other = {ownership.VARIABLE: changed(1, "1")}, {ownership.VARIABLE: changed(1, "2")}
    client, servers = {ownership.ROLE: "client"}, {ownership.ROLE: "servers"}
    with (
        sleeper(**mine, **client) as first,
        sleeper(**mine, **client) as second,
        sleeper(**mine, **servers) as ours,
        sleeper(**other, **client) as theirs,
        sleeper() as bystander,
    ):
        assert ownership.end_clients_of(mine[ownership.VARIABLE]) == 2
        assert first.wait(SECONDS) == second.wait(SECONDS) == -signal.SIGKILL
        assert ours.poll() is theirs.poll() is bystander.poll() is None
        assert ownership.end_clients_of(mine[ownership.VARIABLE]) == 0


def test_all_that_an_owner_has_left_is_ended_before_the_call_returns():
    mine = {ownership.VARIABLE: changed(1, "1")}
    # Its end takes some time, because the kernel has to free its memory.
    large = [sys.executable, "-c", "held = b'.' * (1 << 28); print(flush=True); input()"]
    with (
        subprocess.Popen(large, env={**os.environ, **mine}, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as servers,
        sleeper(**mine, **{ownership.ROLE: "client"}) as client,
        sleeper(**{ownership.VARIABLE: changed(1, "2")}) as theirs,
    ):
        assert servers.stdout is not None and servers.stdout.readline()
        ownership.end_processes_of(mine[ownership.VARIABLE])
        assert servers.poll() == client.poll() == -signal.SIGKILL
        assert theirs.poll() is None


def test_more_processes_are_ended_than_the_lab_may_open_files():
    mine = {ownership.VARIABLE: changed(1, "1")}
    with ExitStack() as stack:
        left = [stack.enter_context(sleeper(**mine)) for _ in range(30)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run([sys.executable, "-c", ENDS_MANY, mine[ownership.VARIABLE]], env=environment, check=True)
        assert [one.poll() for one in left] == [-signal.SIGKILL] * 30


def test_a_sweep_ends_processes_of_dead_owners_and_not_of_living_ones():
    with (
        sleeper(**{ownership.VARIABLE: dead_owner(), ownership.ROLE: "servers"}) as left,
        sleeper(**{ownership.VARIABLE: ownership.this_owner(), ownership.ROLE: "client"}) as ours,
        sleeper(**{ownership.VARIABLE: changed(1, "1"), ownership.ROLE: "client"}) as elsewhere,
        sleeper() as bystander,
    ):
        ownership.sweep_processes()
        assert left.wait(SECONDS) == -signal.SIGKILL
        assert ours.poll() is elsewhere.poll() is bystander.poll() is None
