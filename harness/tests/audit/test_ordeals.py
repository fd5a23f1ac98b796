"""Ordeals: that what they count is counted, and a fast slice of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab_process import BUILD_SECONDS, SECONDS, lab

from harness.audit.ordeals.remains import remains, sweep
from harness.audit.ordeals.trial import Trial, verdicts_in
from harness.backend import ownership
from harness.backend.descendants import children
from harness.paths import ROOT
from harness.record.archive import run_folder_of

FAILED = ("fail", "bytes-differ")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with one run, of which all verdicts are `pass`."""
    shutil.copytree(run_folder_of(ROOT / "docs" / "example-run.zip"), tmp_path / "out" / "run")
    return tmp_path / "out"


def changed(out: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = out / "run" / "run.json"
    run = json.loads(path.read_text("utf-8"))
    change(run)
    path.write_text(json.dumps(run), "utf-8")


def judged(out: Path, known: Any, *allowed: tuple[str, str]) -> Trial:
    trial = Trial("made for a test")
    trial.judge(out, known, allowed)
    return trial


def test_the_known_verdicts_are_not_wrong(out: Path) -> None:
    known = verdicts_in(out)
    trial = judged(out, known)
    assert (trial.verdicts, trial.missing, trial.unwanted) == (len(known), 0, {"wrong": [], "fault": [], "leak": []})


def test_another_verdict_is_wrong_unless_it_is_allowed_and_then_once(out: Path) -> None:
    known = verdicts_in(out)
    one, two = list(known)[:2]
    passed = known[one]
    assert len(judged(out, {**known, one: FAILED}).wrong) == 1
    assert judged(out, {**known, one: FAILED}, passed).wrong == []
    assert len(judged(out, {**known, one: FAILED, two: FAILED}, passed).wrong) == 1


def test_a_verdict_that_the_evidence_does_not_bear_is_wrong(out: Path) -> None:
    changed(
        out, lambda run: run["cells"][0].update(verdict="fail", reason={"code": "bytes-differ", "sentence": "made"})
    )
    trial = judged(out, verdicts_in(out))
    assert len(trial.wrong) == 1 and "replayed pass" in trial.wrong[0]


def test_what_the_lab_could_not_judge_is_counted_and_not_wrong(out: Path) -> None:
    known = verdicts_in(out)
    changed(out, lambda run: run["cells"][0].update(verdict="lab-error", evidence=None))
    trial = judged(out, known)
    assert (trial.lab_errors, trial.verdicts, trial.wrong) == (1, len(known) - 1, [])


def test_a_run_that_misses_cells_may_not_be_marked_complete(out: Path) -> None:
    known = verdicts_in(out)
    changed(out, lambda run: run["cells"].pop())
    trial = judged(out, known)
    assert trial.missing == 1 and "marked complete" in trial.faults[0]
    changed(out, lambda run: run.update(status=None))
    assert judged(out, known).faults == []


def test_a_run_that_was_never_written_down_misses_all(tmp_path: Path) -> None:
    trial = judged(tmp_path, {("trio", "honest"): FAILED})
    assert (trial.missing, trial.wrong, trial.faults) == (1, [], [])


def test_what_a_dead_lab_left_is_found_and_swept(tmp_path: Path) -> None:
    boot, namespace, _, _ = ownership.this_owner().split("/")
    (tmp_path / "left").touch()
    # It lives until what it leaves has been seen, for any other lab's start sweeps away what the dead have left.
    with subprocess.Popen(["sleep", "600"]) as dead:
        started = Path(f"/proc/{dead.pid}/stat").read_text().rpartition(")")[2].split()[19]
        marks = {ownership.VARIABLE: f"{boot}/{namespace}/{dead.pid}/{started}", ownership.ROLE: "servers"}
        others = children()
        with subprocess.Popen(["sleep", "600"], env={**os.environ, **marks}) as left:
            known = {*others, left.pid}
            assert remains(dead.pid, None, tmp_path, known) == [f"process {left.pid} (servers)", "file left"]
            dead.kill()
            dead.wait(SECONDS)
            sweep(None)
            left.wait(SECONDS)
    assert remains(dead.pid, None, tmp_path, others) == ["file left"]


def test_a_kill_and_a_full_disk_make_no_verdict_wrong_and_leave_nothing() -> None:
    ended = lab("ordeal", "--only", "kill-harness,disk", "--backends", "local", "--count", "1", seconds=BUILD_SECONDS)
    assert ended.status == 0, ended
    heading, kills, disk = (line.split() for line in ended.stdout.splitlines())
    for row in (kills, disk) if os.geteuid() == 0 else (kills,):
        told = dict(zip(heading, row, strict=False))
        assert (told["trials"], told["wrong"], told["faults"], told["leaks"]) == ("2", "0", "0", "0"), ended
        assert int(told["verdicts"]) >= 3  # those of the next start


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(("--only", "flood"), "flood"), (("--backends", "moon"), "moon"), (("--count", "0"), "--count 0")],
)
def test_a_bad_choice_is_named(arguments: tuple[str, str], word: str) -> None:
    lab("ordeal", *arguments).refused(2, word)
