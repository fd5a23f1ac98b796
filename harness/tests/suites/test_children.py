"""Programs that run side by side, and their end if the lab is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lab_process import LAB

from harness.suites.children import Children, Stopped


@pytest.mark.parametrize(("deaf", "patience"), [("", 60), ("trap '' TERM; ", 0.1)], ids=["heeds", "ignores"])
def test_a_program_is_stopped_with_what_it_started_and_no_other_starts(
    deaf: str, patience: float, tmp_path: Path
) -> None:
    line = tmp_path / "line"
    os.mkfifo(line)
    children = Children()
    with ThreadPoolExecutor() as threads:
        run = threads.submit(children.run, ["sh", "-c", f"{deaf}exec 3>'{line}'; sleep 1000 & echo started >&3; wait"])
        with line.open() as reader:
            assert reader.readline() == "started\n"
            children.stop(patience)
            assert reader.read() == ""  # the other end is closed
    with pytest.raises(Stopped):
        run.result()
    with pytest.raises(Stopped):
        children.run(["touch", str(tmp_path / "started-later")])
    assert not (tmp_path / "started-later").exists()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_all_tests_end_early_if_they_are_stopped(number: int, status: int) -> None:
    tests = subprocess.Popen([LAB, "test", "--only", "style", "--no-install"], stderr=subprocess.PIPE, text=True)
    assert tests.stderr
    with tests.stderr:
        assert tests.stderr.readline() == "tests: style\n"
        tests.send_signal(number)
        rest = tests.stderr.read()
    assert tests.wait() == status
    assert rest.endswith(f"lab: stopped by {signal.Signals(number).name}\n")
    assert "tests: style: " not in rest
