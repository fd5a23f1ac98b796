"""Whose a process is: the living's are left alone, and only the dead's are swept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harness import owner

SECONDS = 60
PRINTS_ITS_OWNER = "from harness import owner; print(owner.this_owner(), flush=True); input()"


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
def another_owner() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process of the lab, and the owner that it is."""
    process = subprocess.Popen(
        [sys.executable, "-c", PRINTS_ITS_OWNER],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
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


def changed(index: int, value: str) -> str:
    """This owner with one of its four parts (boot, namespace, process id, start) replaced."""
    parts = owner.this_owner().split("/")
    parts[index] = value
    return "/".join(parts)


def dead_owner() -> str:
    """An owner like ours that is no more: our own process id, started at another time."""
    return changed(3, "1")


def test_the_living_are_not_dead():
    assert not owner.is_dead(owner.this_owner())
    with another_owner() as (_, theirs):
        assert theirs != owner.this_owner()
        assert not owner.is_dead(theirs)


def test_an_owner_is_dead_once_killed_even_before_its_parent_has_noticed():
    with another_owner() as (process, theirs):
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert owner.is_dead(theirs)
        process.wait()
        assert owner.is_dead(theirs)


def test_another_process_with_the_same_number_is_not_the_owner():
    assert owner.is_dead(dead_owner())


def test_who_was_started_before_the_last_boot_is_dead():
    assert owner.is_dead(changed(0, "00000000-0000-0000-0000-000000000000"))


def test_who_cannot_be_seen_from_here_is_not_taken_for_dead():
    assert not owner.is_dead(changed(1, "1"))


@pytest.mark.parametrize("label", ["", "nobody", "a/b/c", "a/b/c/d/e"])
def test_a_label_that_names_nobody_is_not_taken_for_dead(label):
    assert not owner.is_dead(label)


def test_a_process_is_found_with_its_owner_and_role():
    with sleeper(**{owner.VARIABLE: "someone", owner.ROLE: "client"}) as labelled, sleeper() as bystander:
        found = {pid: (theirs, role) for pid, theirs, role in owner.labelled()}
        assert found[labelled.pid] == ("someone", "client")
        assert bystander.pid not in found


def test_what_clients_left_behind_is_ended_and_servers_and_others_are_not():
    mine, other = {owner.VARIABLE: changed(1, "1")}, {owner.VARIABLE: changed(1, "2")}
    client, servers = {owner.ROLE: "client"}, {owner.ROLE: "servers"}
    with (
        sleeper(**mine, **client) as first,
        sleeper(**mine, **client) as second,
        sleeper(**mine, **servers) as ours,
        sleeper(**other, **client) as theirs,
        sleeper() as bystander,
    ):
        assert owner.end_clients_of(mine[owner.VARIABLE]) == 2
        assert first.wait(SECONDS) == second.wait(SECONDS) == -signal.SIGKILL
        assert ours.poll() is theirs.poll() is bystander.poll() is None
        assert owner.end_clients_of(mine[owner.VARIABLE]) == 0


def test_a_sweep_ends_what_the_dead_left_and_nothing_of_the_living():
    with (
        sleeper(**{owner.VARIABLE: dead_owner(), owner.ROLE: "servers"}) as left,
        sleeper(**{owner.VARIABLE: owner.this_owner(), owner.ROLE: "client"}) as ours,
        sleeper(**{owner.VARIABLE: changed(1, "1"), owner.ROLE: "client"}) as elsewhere,
        sleeper() as bystander,
    ):
        owner.sweep_processes()
        assert left.wait(SECONDS) == -signal.SIGKILL
        assert ours.poll() is elsewhere.poll() is bystander.poll() is None
