"""trial waits for the Deferreds that setUp, a test and tearDown return (seed part 15); tested from outside."""

import os
import subprocess
import sys
from pathlib import Path

SUBJECT = Path(__file__).with_name("trial_waits.py")
SECONDS_TO_LIVE = 60


def trial(subject: Path, folder: Path) -> tuple[int, list[str], str]:
    """Run trial on a file in a folder; return its status, the lines that the tests printed, and all of its output."""
    done = subprocess.run(
        [sys.executable, "-m", "twisted.trial", str(subject)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS_TO_LIVE,
    )
    marks = [line.removeprefix("trial-waits: ") for line in done.stdout.splitlines() if line.startswith("trial-waits")]
    return done.returncode, marks, done.stdout


def test_each_step_starts_when_the_deferred_before_it_has_fired(tmp_path: Path) -> None:
    status, marks, output = trial(SUBJECT, tmp_path)
    assert marks == [
        "setUp returns a Deferred",
        "setUp's Deferred fires",
        "the test returns a Deferred",
        "the test's Deferred fires",
        "tearDown returns a Deferred",
        "tearDown's Deferred fires",
    ]
    assert status == 0
    assert "PASSED (successes=1)" in output


def test_trial_does_not_wait_for_a_deferred_that_the_test_does_not_return(tmp_path: Path) -> None:
    source = SUBJECT.read_text()
    kept = source.replace(
        "return deferLater(reactor, A_WHILE, mark, \"the test's", "deferLater(reactor, 3600, mark, \"the test's"
    )
    assert kept != source
    subject = tmp_path / "trial_does_not_wait.py"
    subject.write_text(kept)
    status, marks, output = trial(subject, tmp_path)
    assert marks == [
        "setUp returns a Deferred",
        "setUp's Deferred fires",
        "the test returns a Deferred",
        "tearDown returns a Deferred",
        "tearDown's Deferred fires",
    ]
    assert status == 1
    assert "DirtyReactorAggregateError" in output  # trial finds the call that is still waiting


def test_a_deferred_that_fails_fails_the_test_but_tear_down_still_runs(tmp_path: Path) -> None:
    source = SUBJECT.read_text()
    failing = source.replace('mark, "the test\'s Deferred fires")', 'self.fail, "by the Deferred")')
    assert failing != source
    subject = tmp_path / "trial_fails.py"
    subject.write_text(failing)
    status, marks, output = trial(subject, tmp_path)
    assert marks[-2:] == ["tearDown returns a Deferred", "tearDown's Deferred fires"]
    assert status == 1
    assert "FailTest: by the Deferred" in output


def test_trial_also_runs_the_test_cases_that_pytest_runs(tmp_path: Path) -> None:
    chosen = (
        "tests.test_tested_poetry",
        "tests.test_slow_server",
        "tests.test_slow_timing",
        "tests.test_deferred_dict",
    )
    done = subprocess.run(
        [sys.executable, "-m", "twisted.trial", *chosen],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SUBJECT.parent.parent)},
        capture_output=True,
        text=True,
        timeout=2 * SECONDS_TO_LIVE,
    )
    assert done.returncode == 0, done.stdout
    last = done.stdout.rstrip().splitlines()[-1]
    assert last.startswith("PASSED (successes=") and int(last[18:-1]) >= 30, last
