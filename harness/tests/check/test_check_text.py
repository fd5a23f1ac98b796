"""What a check prints: first the one thing to mend next, then one line for each further scenario."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from evidence_maker import ONE_DOWN, RESET, START, TERM, TRIO, TYGER, client, evidence, got, printed
from run_maker import recorded

from harness.backend import Exit
from harness.check.command_line import TRIALS
from harness.check.program import explanations
from harness.check.text import LEFT_OUT, Checked
from harness.paths import ROOT
from harness.record.evidence import Evidence
from harness.record.run_folder import RunFolder

LATE = evidence(replace(TRIO, name="late"), lateness=[1.0])
SWALLOWED = evidence(replace(RESET, name="cut"), failures=[], status=0)
STUCK = evidence(
    replace(TRIO, name="trio"),
    stdout=[],
    stderr=[(START + 0.3, got(1, 16))],
    stopped="timeout",
    exit_=Exit(None, signal=9),
    ended=START + 21.7,
)
AGAIN = ["./lab", "--", "./x"]


def run_of(folder: Path, *made: Evidence) -> RunFolder:
    return recorded(folder, *((client(), one) for one in made))


def text(run: RunFolder, *, trials: Any = (), **options: Any) -> str:
    return Checked(run.run, "runs/ID", explanations(run), trials, AGAIN, **{"width": 80, **options}).text()


def test_one_failure_is_explained_and_every_other_one_has_a_line(tmp_path: Path) -> None:
    again = evidence(replace(RESET, name="cut-too"), failures=[], status=0)
    lies = evidence(replace(ONE_DOWN, name="down"), status=0)
    good = evidence(replace(TRIO, name="good"))
    told = text(run_of(tmp_path, good, SWALLOWED, again, lies)).splitlines()
    assert [line for line in told if line.startswith("== ")] == ["== cut: fail, truncation-swallowed"]
    assert told[0].startswith("== ")
    assert [line for line in told if line[:4] in ("ok  ", "FAIL")] == [
        "ok         good: made for a test",
        "FAIL       cut: truncation-swallowed, see above",
        "FAIL       cut-too: truncation-swallowed, as in cut",
        "FAIL       down: exit-lies: Remember that address 2 failed, and exit with sta...",
    ]
    assert "To read all about it:" in told and "  ./lab check --all --replay runs/ID" in told
    assert "What kind of client" not in "\n".join(told)
    assert len(told) < 30


def test_a_command_to_read_more_works_in_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(tmp_path, SWALLOWED)
    monkeypatch.chdir(tmp_path)
    replayed = Checked(run.run, "run", explanations(run), ()).text()
    assert f"  {ROOT / 'lab'} check --all --replay run\n" in replayed


def test_all_explains_every_failure_at_length(tmp_path: Path) -> None:
    lies = evidence(replace(ONE_DOWN, name="down"), status=0)
    told = text(run_of(tmp_path, evidence(replace(TRIO, name="good")), SWALLOWED, lies), everything=True)
    assert "\n== cut: fail, truncation-swallowed" in told and "\n== down: fail, exit-lies" in told
    assert "What kind of client it is" in told and "To read all" not in told
    assert "Poem 1 (rose): you connected after" in " ".join(told.split())


def test_what_the_client_can_mend_comes_before_the_labs_own_faults(tmp_path: Path) -> None:
    told = text(run_of(tmp_path, LATE, SWALLOWED))
    assert told.startswith("== cut: fail, truncation-swallowed")
    assert "LAB-ERROR  late: servers-late" in told
    (tmp_path / "alone").mkdir()
    assert text(run_of(tmp_path / "alone", LATE)).startswith("== late: lab-error, servers-late")


def test_a_wrong_answer_to_bad_arguments_is_explained_if_all_else_is_right(tmp_path: Path) -> None:
    run = run_of(tmp_path, evidence(replace(TRIO, name="good")))
    trials = [
        (trial, "You printed nothing on standard error." * number) for number, trial in enumerate(TRIALS.values())
    ]
    told = text(run, trials=trials)
    assert told.startswith("== command line: 127.0.0.1:10001 127.0.0.1:poetry\n")
    assert told.count("== ") == 1 and told.count("\nFAIL       command line: ") == 2
    assert "Expected: a usage message on standard error" in " ".join(told.split())


def test_what_was_left_out_is_named_with_the_command_that_runs_it(tmp_path: Path) -> None:
    names = ["first", "second"]
    run = run_of(tmp_path, STUCK, *(evidence(replace(TRIO, name=name)) for name in names))
    for cell in run.run["cells"][1:]:
        reason = {"code": LEFT_OUT, "sentence": "the client hung before"}
        cell.update(verdict="skipped", expected=False, reason=reason, evidence=None, axes={}, metrics={})
    told = text(run)
    assert told.startswith("== trio: timeout, killed-at-limit")
    for name in names:
        assert f"left out   {name}: " in told
    assert "To run what was left out:\n  ./lab check --scenarios first,second -- ./x\n" in told
    assert "1 of 1 failed." in told


def test_a_scenario_that_cannot_be_run_is_listed_with_the_reason(tmp_path: Path) -> None:
    run = run_of(tmp_path, *(evidence(replace(TRIO, name=name)) for name in ("good", "other")))
    reason = {"code": "not-possible-here", "sentence": "the image has no /bin/sh"}
    run.run["cells"][1].update(verdict="unsupported", reason=reason, evidence=None, axes={}, metrics={})
    told = text(run)
    assert "\nskipped    other: the image has no /bin/sh\n" in told
    assert "All 1 passed" in told


@pytest.mark.parametrize("width", [80, 100, 120])
def test_no_line_is_wider_than_the_terminal(width: int, tmp_path: Path) -> None:
    told = text(run_of(tmp_path, STUCK, SWALLOWED), width=width)
    assert max(map(len, told.splitlines())) <= min(width, 100)


def test_the_rest_that_has_been_waiting_is_seen(tmp_path: Path) -> None:
    lines = text(run_of(tmp_path, STUCK)).splitlines()
    heading = next(number for number, line in enumerate(lines) if line.endswith(" bytes"))
    assert lines[heading].split() == ["0", "s", "1.6", "s", "~", "22.0", "s", "bytes"]
    lanes = dict(zip(("rose", "read 1", "tyger", "read 2", "pear", "read 3"), lines[heading + 1 :], strict=False))
    assert lanes["rose"].split("sent")[1].strip().startswith("[ ") and lanes["rose"].endswith("88 of 88")
    assert "•" in lanes["read 1"] and lanes["read 1"].endswith("16") and ".....#" in lanes["read 1"]
    assert "•" not in lanes["read 2"] and ".....#" in lanes["read 2"] and lanes["read 2"].endswith(" 0")
    assert lanes["tyger"].endswith(f"{len(TYGER)} of {len(TYGER)}")
    assert "# the lab stopped you" in "\n".join(lines) and ". bytes wait for you" in "\n".join(lines)


def test_a_trait_that_some_scenarios_leave_open_is_told_by_those_that_leave_least_open(tmp_path: Path) -> None:
    run = run_of(tmp_path, *(evidence(replace(TRIO, name=name)) for name in ("one", "two", "three")))
    for cell, seen in zip(run.run["cells"], (["at-end"], ["streams", "each"], ["at-end", "each"]), strict=True):
        cell["axes"]["delivery"] = seen
    assert "delivery   not always the same: at-end in one, streams or each in two\n" in text(run)


def test_a_trait_that_differs_is_told_of_the_scenarios_that_show_it(tmp_path: Path) -> None:
    signalled = replace(TRIO, name="stopped", client=TERM)
    stopped = evidence(signalled, stdout=[], stderr=[], signalled=START, exit_=Exit(143), ended=START)
    late = evidence(replace(TRIO, name="last"), stdout=printed(TRIO, {task: START + 9 for task in (1, 2, 3)}))
    run = run_of(tmp_path, stopped, evidence(replace(TRIO, name="first")), late)
    assert [cell["verdict"] for cell in run.run["cells"]] == ["pass"] * 3
    assert "order      not always the same: completion in first, arguments in last" in text(run)
