"""The recorder, with real processes of the local backend: every byte, every time stamp, every limit."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from backend_cell import program, run
from lab_process import processes_of

from harness.backend import ownership
from harness.backend.local import LocalBackend
from harness.errors import Interrupted
from harness.run.recorder import Limits, Transcript, record


@pytest.fixture
def local() -> Iterator[LocalBackend]:
    with LocalBackend(ownership.this_owner(), install=False) as backend:
        yield backend


def pieces(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "transcript.ndjson").read_text().splitlines()]


def test_a_piece_is_stamped_when_it_is_printed_not_when_the_client_ends(local: LocalBackend, tmp_path: Path) -> None:
    one = program(tmp_path / "client", "import time\nprint('early', flush=True)\ntime.sleep(5)\nprint('late')\n")
    recording = run(local, one, tmp_path / "cell")
    early, late = pieces(tmp_path / "cell")
    assert (early["start"], early["end"], late["start"], late["end"]) == (0, 6, 6, 11)
    assert recording.started <= early["t"] <= late["t"] - 0.4
    assert late["t"] <= recording.ended + 1e-6


def test_both_streams_are_kept_byte_for_byte(local: LocalBackend, tmp_path: Path) -> None:
    code = """
import os, threading
data = bytes(range(256)) * 4096
def write(fd, rest):
    while rest:
        rest = rest[os.write(fd, rest):]
threads = [threading.Thread(target=write, args=case) for case in ((1, data), (2, data[::-1]))]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""
    recording = run(local, program(tmp_path / "client", code), tmp_path / "cell")
    data = bytes(range(256)) * 4096
    assert (recording.stopped, recording.exit.status) == (None, 0)
    assert (tmp_path / "cell" / "stdout").read_bytes() == data
    assert (tmp_path / "cell" / "stderr").read_bytes() == data[::-1]
    for stream in ("stdout", "stderr"):
        ends = [0]
        for piece in pieces(tmp_path / "cell"):
            if piece["stream"] == stream:
                assert piece["start"] == ends[-1] < piece["end"]
                ends.append(piece["end"])
        assert ends[-1] == len(data)


def test_a_client_is_stopped_at_its_time_limit_and_its_output_is_kept(local: LocalBackend, tmp_path: Path) -> None:
    one = program(tmp_path / "client", "import time\nprint('here', flush=True)\ntime.sleep(1000)\n")
    recording = run(local, one, tmp_path / "cell", limits=Limits(15, 100, 100))
    assert (recording.stopped, recording.exit.signal) == ("timeout", 9)
    assert 4 <= recording.ended - recording.started < 60
    assert (tmp_path / "cell" / "stdout").read_bytes() == b"here\n"


def test_a_slow_start_does_not_shorten_the_clients_time(local: LocalBackend, tmp_path: Path) -> None:
    process = local.start(program(tmp_path / "client", "print('x')\n"), [])
    recording = record(process, tmp_path / "cell", Limits(60, 100, 100), time.monotonic() - 1000)
    assert (recording.stopped, recording.exit.status) == (None, 0)


def test_a_client_that_closes_its_output_is_still_stopped_at_its_time_limit(
    local: LocalBackend, tmp_path: Path
) -> None:
    one = program(tmp_path / "client", "import os, time\nos.close(1)\nos.close(2)\ntime.sleep(1000)\n")
    assert run(local, one, tmp_path / "cell", limits=Limits(2, 100, 100)).stopped == "timeout"


@pytest.mark.parametrize(("fd", "stream"), [(1, "stdout"), (2, "stderr")])
def test_too_much_output_stops_the_client(local: LocalBackend, fd: int, stream: str, tmp_path: Path) -> None:
    one = program(tmp_path / "client", f"import os\nwhile True:\n    os.write({fd}, bytes(65536))\n")
    recording = run(local, one, tmp_path / "cell", limits=Limits(60, 100_000, 100_000))
    assert (recording.stopped, recording.exit.signal) == (f"too-much-{stream}", 9)
    assert 100_000 < (tmp_path / "cell" / stream).stat().st_size <= 100_000 + 65536


def test_output_up_to_the_limit_is_allowed(local: LocalBackend, tmp_path: Path) -> None:
    one = program(tmp_path / "client", "import os\nos.write(1, bytes(1000))\n")
    assert run(local, one, tmp_path / "cell", limits=Limits(60, 1000, 1000)).stopped is None


def test_a_signal_to_the_lab_ends_the_client_and_completes_the_files(
    local: LocalBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process: Any = local.start(program(tmp_path / "client", "print('x', flush=True)\nimport time\ntime.sleep(1e3)"), [])

    def interrupt_when_it_has_printed() -> None:
        if (tmp_path / "printed").exists():
            raise Interrupted(15)

    add = Transcript.add

    def add_and_tell(*arguments: Any) -> int:
        (tmp_path / "printed").touch()
        return add(*arguments)

    monkeypatch.setattr(Transcript, "add", add_and_tell)
    process.poll_cost = interrupt_when_it_has_printed
    with pytest.raises(Interrupted):
        record(process, tmp_path / "cell", Limits(60, 100, 100), time.monotonic())
    assert (tmp_path / "cell" / "stdout").read_bytes() == b"x\n"
    assert pieces(tmp_path / "cell")[-1]["end"] == 2
    assert processes_of(int(ownership.this_owner().split("/")[2]), "client") == []
