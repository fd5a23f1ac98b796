"""Starvation: a client that waits for a processor because of others, not because of itself."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from busy_core import busy, first_core

from harness.backend.starvation import Starvation, starved, threads

MS = 1_000_000  # nanoseconds


@pytest.mark.parametrize(
    ("before", "after", "seconds"),
    [
        ({}, {}, 0.0),
        ({1: (0, 0)}, {1: (5 * MS, 200 * MS)}, 0.2),
        ({1: (900 * MS, 100 * MS)}, {1: (905 * MS, 300 * MS)}, 0.2),  # only what is new counts
        ({1: (0, 0)}, {1: (250 * MS, 250 * MS)}, 0.25),  # another program has the processor half of the time
        # Twenty threads of one client on two processors wait for one another.
        ({}, dict.fromkeys(range(20), (25 * MS, 225 * MS)), 0.0),
        # The longest wait of a client whose other threads sleep.
        ({1: (0, 0), 2: (0, 0)}, {1: (0, 0), 2: (10 * MS, 240 * MS)}, 0.240),
        ({1: (0, 0), 2: (0, 0)}, {1: (60 * MS, 0), 2: (10 * MS, 240 * MS)}, 0.180),  # the other one used 60 ms
        ({1: (MS, 0)}, {2: (0, 100 * MS)}, 0.100),  # a new thread, while another has ended
    ],
)
def test_only_the_time_that_others_took_counts(before: dict, after: dict, seconds: float) -> None:
    assert starved(before, after) == pytest.approx(seconds)


def test_a_program_behind_others_is_starved() -> None:
    core = first_core()
    # One has the lowest priority, and it starts first; the others on the same core leave it nearly nothing.
    with busy(core, 19) as starving, busy(core, 0), busy(core, 0):
        starvation, deadline = Starvation(), time.monotonic() + 60
        while not starvation.spells:
            assert time.monotonic() < deadline, threads([starving])
            starvation.poll([starving])
            time.sleep(0.05)
    [(end, seconds)] = starvation.spells
    assert end <= time.monotonic()
    assert 0 < seconds <= end


def test_a_program_that_sleeps_is_not_starved() -> None:
    with subprocess.Popen(["sleep", "100"]) as process:
        starvation = Starvation()
        for _ in range(3):
            starvation.poll([process.pid])
            starvation._next = 0.0  # as if the time had passed
        process.kill()
    assert starvation.spells == []


def test_processes_that_have_ended_are_left_out() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
        assert threads([process.pid]) == {}


def test_a_thread_that_ends_during_a_sample_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    enough, read = threading.Event(), Path.read_text
    others = [threading.Thread(target=enough.wait) for _ in range(3)]
    for one in others:
        one.start()
    ending = str(others[0].native_id)

    def gone(path: Path) -> str:
        if path.parent.name == ending:
            raise ProcessLookupError(path)
        return read(path)

    monkeypatch.setattr(Path, "read_text", gone)
    try:
        found = threads([os.getpid()])
    finally:
        enough.set()
    assert {one.native_id for one in others[1:]} <= found.keys()
    assert others[0].native_id not in found
