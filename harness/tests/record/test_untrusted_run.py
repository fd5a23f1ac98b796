"""A run's folder from someone else: nothing in it leads out of it or blocks its reader, and every fault is named."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_run import SECRET, small_run

from harness.check.command_line import FOLDER, RECORD, read_trials
from harness.demo import replay as demo_replay
from harness.demo.write_run import COMMAND_FILE
from harness.errors import UsageError
from harness.judge.replay import replay
from harness.record.run_folder import open_run, scenarios_of
from harness.report.recorded import read_recorded
from harness.report.write import write_reports

CELL = "cells/twisted/reset/haskell-lazy/1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_run(tmp_path)


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    run = json.loads((folder / "run.json").read_text())
    change(run)
    (folder / "run.json").write_text(json.dumps(run))


def refused(folder: Path, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        replay(folder, lambda line: None)


@pytest.mark.parametrize(
    "name", ["run.json", "poems/science.txt", "scenarios/reset.playbill", f"{CELL}/stdout", f"{CELL}/send-log.ndjson"]
)
@pytest.mark.parametrize("make", [lambda path: path.symlink_to("/dev/zero"), os.mkfifo], ids=["link", "pipe"])
def test_a_link_or_a_pipe_is_named_and_not_opened(folder: Path, name: str, make: Callable[[Path], None]) -> None:
    (folder / name).unlink()
    make(folder / name)
    for read in (open_run, read_recorded, lambda path: demo_replay.read(path, [], "", 4)):
        with pytest.raises(UsageError, match=rf"{name}: a run's folder may hold only folders and files"):
            read(folder)


def test_a_report_is_not_written_through_a_link(folder: Path) -> None:
    (folder / "report.html").symlink_to(folder.parent / SECRET)
    before = (folder.parent / SECRET).read_bytes()
    with pytest.raises(UsageError, match=r"report\.html"):
        list(write_reports(folder, "", "", "", {}))
    assert (folder.parent / SECRET).read_bytes() == before


@pytest.mark.parametrize("poem", ["/etc/passwd", f"../../{SECRET}", f"../poems/../../{SECRET}"])
def test_a_playbill_with_a_poem_outside_the_folder_is_refused(folder: Path, poem: str) -> None:
    playbill = folder / "scenarios" / "reset.playbill"
    playbill.write_text(f"server 0 {poem}\n0.5 close\n" * 2)
    with pytest.raises(UsageError, match="is outside the run's folder"):
        scenarios_of(open_run(folder))
    [note] = [note for note in read_recorded(folder).notes if "poems" in note]
    assert "outside" in note


@pytest.mark.parametrize(
    "acts", ["0.5 send 1\n", "0.5 close\n0.6 send 1\n", "2 send 1\n1 close\n", "1e300 close\n", ""]
)
def test_a_playbill_with_an_invalid_schedule_is_named(folder: Path, acts: str) -> None:
    (folder / "scenarios" / "reset.playbill").write_text(f"server 0 ../poems/science.txt\n{acts}" * 2)
    refused(folder, r"reset\.playbill: ")


def cells(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda run: run["cells"][1].update({key: value})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda run: run["clients"].append(run["clients"][0]), r"at clients\.2\.name: the run has two clients"),
        (lambda run: run["scenarios"].append(run["scenarios"][0]), r"at scenarios\.1\.name: the run has two"),
        (lambda run: run["clients"][1]["traits"].update(grain="word"), r"at clients\.1\.traits\.grain: 'word'"),
        (lambda run: run["clients"][1].update(name=[]), r"at clients\.1"),
        (cells("client", "nobody"), r"at cells\.1\.client: the run has no client 'nobody'"),
        (cells("ended", 0), r"at cells\.1\.ended: the end is before the start"),
        (cells("ended", float("inf")), r"at cells\.1\.ended: inf is not a finite number"),
        (cells("started", 10**400), r"at cells\.1\.started: the number is too large"),
        (
            cells("reason", {"code": "a", "sentence": "\ud800"}),
            r"at cells\.1\.reason\.sentence: the character '\\+ud800' is not allowed",
        ),
        (cells("\0", 1), r"at cells\.1: the character '\\+x00' is not allowed in a text"),
        (
            lambda run: run["cells"][1]["evidence"].update(stdout=f"{CELL}/stderr"),
            r"at cells\.1\.evidence: the paths must be",
        ),
        (lambda run: run["cells"][1]["evidence"].update(stdout="a\x00b"), r"at cells\.1\.evidence\.stdout: "),
        (lambda run: run["provenance"].update(lab=json.loads("[" * 40 + "]" * 40)), r"at provenance: nested too"),
    ],
)
def test_an_invalid_run_json_is_refused_with_the_place(
    folder: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    edit(folder, change)
    refused(folder, rf"run\.json: {words}")


def test_a_path_that_is_too_long_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no such run folder"):
        open_run(Path("a" * 5000))


def test_a_folder_of_runs_is_not_a_run_and_one_of_them_is_named(folder: Path) -> None:
    refused(folder.parent, rf"^{folder.parent}: holds no run \(no run\.json\); did you mean {folder}\?$")
    refused(folder / "cells", r"/cells: holds no run \(no run\.json\)$")


@pytest.mark.parametrize("words", [["pace", "x"], ["pace", "0"], ["stall"], ["down", "x"], [], "pause", None, [{}]])
def test_an_invalid_playbill_line_is_refused_with_its_number(folder: Path, words: Any) -> None:
    (folder / COMMAND_FILE).write_text('{"t": 1, "words": ["resume"]}\n' + json.dumps({"t": 2, "words": words}) + "\n")
    with pytest.raises(UsageError, match=r"demo\.ndjson: line 2: at words(\[0\])?: "):
        demo_replay.read(folder, [], "", 4)


@pytest.mark.parametrize("change", [{"name": "../../x"}, {"exit_status": [2]}, {"ended": "later"}, {"stopped": 1}])
def test_invalid_trials_are_refused_with_the_place(folder: Path, change: dict[str, Any]) -> None:
    path = folder / FOLDER / RECORD
    ends = json.loads(path.read_text())
    path.write_text(json.dumps([ends[0], {**ends[1], **change}]))
    [key] = change
    with pytest.raises(UsageError, match=rf"trials\.json: at 1\.{key}: "):
        read_trials(open_run(folder))
