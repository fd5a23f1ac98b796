"""A run's folder, which may come from anyone, damaged in odd ways: its readers accept it, or refuse it by name.

Nothing outside the folder is read or written, whatever the folder holds.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fuzzing import accepted, changed, fuzz, json_line, odd_values, spoilt
from hypothesis import given
from hypothesis import strategies as st
from small_run import CLIENTS, SCENARIOS, SECRET, small_run

from harness.check.command_line import read_trials
from harness.check.program import exit_status, explanations
from harness.check.text import Checked
from harness.claims import gather
from harness.claims.text import text
from harness.demo import replay as demo_replay
from harness.demo.model import Show
from harness.demo.write_run import COMMAND_FILE
from harness.errors import NothingSelected
from harness.judge.replay import replay
from harness.record.run_folder import open_run
from harness.report.diff import diff, timing_lines
from harness.report.junit import junit
from harness.report.recorded import RecordedRun, read_recorded
from harness.report.summary import summary
from harness.report.table import table
from harness.report.trace import trace
from harness.spec.data_file import check

ODD = odd_values(*CLIENTS, *SCENARIOS, f"../{SECRET}", f"../../{SECRET}", f"../../../../../../{SECRET}", "twisted")

opened: list[str] = []


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str | bytes):
        opened.append(os.fsdecode(arguments[0]))


sys.addaudithook(_listen)  # an audit hook cannot be removed again


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_run(tmp_path_factory.mktemp("sound"))


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def use(folder: Path) -> list[bool]:
    """Do everything that is done with a run's folder; returns whether each reader accepted it."""

    def replayed() -> bool:
        again = replay(folder, lambda line: None)
        check(again.run, "run", folder / "run.json")
        answers = gather.answers(again, list(gather.ALL))
        json.dumps([again.run, answers], allow_nan=False, ensure_ascii=False).encode()
        assert table(again.run) and text(answers, 80)
        return True

    def checked() -> bool:
        again = open_run(folder)
        told = Checked(again.run, str(folder), explanations(again), read_trials(again))
        exit_status(again)
        return bool(told.text())

    def reported() -> bool:
        run = read_recorded(folder)
        summary(run).encode()
        json.loads(trace(run))
        return bool(junit(run))

    def shown() -> bool:
        clients, scenario, events = demo_replay.read(folder, [], "", 4)
        show = Show(clients, scenario)
        for event in events:
            show.feed(event)
        return True

    return [bool(accepted(task, str(folder))) for task in (replayed, checked, reported, shown)]


def used(folder: Path) -> list[bool]:
    """The same, and check that nothing outside the folder is opened."""
    before = sorted(folder.parent.rglob("*"))
    opened.clear()
    try:
        return use(folder)
    except NothingSelected:
        return []
    finally:
        assert str(folder.parent / SECRET) not in {os.path.normpath(path) for path in opened}
        assert before == sorted(folder.parent.rglob("*"))


@pytest.fixture(scope="module")
def recorded(sound: Path) -> RecordedRun:
    return read_recorded(sound)


def both(before: RecordedRun, folder: Path) -> list[str]:
    runs = before, read_recorded(folder)
    timing_lines(*runs)
    return diff(*runs)


def test_a_valid_run_is_accepted_by_all_readers(sound: Path, recorded: RecordedRun) -> None:
    assert used(sound) == [True] * 4
    assert both(recorded, sound) == []


def copied(sound: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as parent:
        shutil.copy(sound.parent / SECRET, parent)
        yield Path(shutil.copytree(sound, Path(parent) / "run"))


@fuzz(14)
@given(st.data())
def test_a_run_with_odd_values_is_accepted_or_refused(sound: Path, recorded: RecordedRun, data: st.DataObject) -> None:
    for folder in copied(sound):
        path = data.draw(st.sampled_from([folder / "run.json"] * 3 + sorted(folder.rglob("*.json"))))
        path.write_bytes(json_line(data.draw(changed(json.loads(path.read_bytes()), ODD))))
        used(folder)
        accepted(lambda folder=folder: both(recorded, folder), str(folder))


@fuzz(14)
@given(st.data())
def test_a_run_with_odd_lines_is_accepted_or_refused(sound: Path, data: st.DataObject) -> None:
    for folder in copied(sound):
        path = data.draw(st.sampled_from(sorted((folder / "cells").rglob("*.ndjson"))))
        lines = [json.loads(line) for line in path.read_bytes().splitlines()]
        at = data.draw(st.integers(0, len(lines) - 1))
        few = data.draw(changed(lines[at : at + 3], ODD))
        path.write_bytes(b"".join(json_line(line) + b"\n" for line in [*lines[:at], *few, *lines[at + 3 :]]))
        used(folder)


@fuzz(14)
@given(st.data())
def test_a_run_with_files_of_any_bytes_is_accepted_or_refused(sound: Path, data: st.DataObject) -> None:
    for folder in copied(sound):
        path = data.draw(st.sampled_from(files_in(folder)))
        path.write_bytes(data.draw(spoilt(path.read_bytes())))
        used(folder)


@fuzz(8)
@given(st.data())
def test_a_run_with_something_else_in_place_of_a_file_is_accepted_or_refused(sound: Path, data: st.DataObject) -> None:
    for folder in copied(sound):
        path = data.draw(st.sampled_from(files_in(folder)))
        path.unlink()
        match data.draw(st.sampled_from(["gone", "link", "pipe", "folder"])):
            case "link":
                path.symlink_to(folder.parent / SECRET)
            case "pipe":
                os.mkfifo(path)
            case "folder":
                path.mkdir()
        used(folder)


WORD = st.sampled_from(
    ["pause", "resume", "pace", "step", "reset", "stall", "go", "down", "1", "2", "0.5", "0", "-1", "x"]
)


@fuzz(10)
@given(st.lists(st.fixed_dictionaries({"t": ODD | st.floats(0, 1e6), "words": ODD | st.lists(WORD, max_size=3)})))
def test_a_lecturers_commands_are_accepted_or_refused(sound: Path, told: list[Any]) -> None:
    for folder in copied(sound):
        (folder / COMMAND_FILE).write_bytes(b"".join(json_line(line) + b"\n" for line in told))
        used(folder)
