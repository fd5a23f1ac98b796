"""trial waits for the Deferreds that setUp, a test and tearDown return (seed part 15), seen from outside."""

import subprocess
import sys
from pathlib import Path

SUBJECT = Path(__file__).with_name("trial_waits.py")
SECONDS_TO_LIVE = 60


def trial(subject: Path, folder: Path) -> tuple[int, list[str], str]:
    """Run trial on a file in a folder: its status, the lines that the tests printed, and all of its output."""
    done = subprocess.run(
        [sys.executable, "-m", "twisted.trial", str(subject)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS_TO_LIVE,
    )
    marks = [line.removeprefix("trial-waits: ") for line in done.stdout.splitlines() if line.startswith("trial-waits")]
    return done.returncode, marks, done.stdout


def test_each_step_begins_when_the_deferred_before_it_has_fired(tmp_path: Path) -> None:
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


def test_a_deferred_that_the_test_keeps_to_itself_is_not_waited_for(tmp_path: Path) -> None:
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
    assert "DirtyReactorAggregateError" in output  # trial finds the call that nobody waited for


def test_a_deferred_that_fails_fails_the_test_and_tear_down_comes_all_the_same(tmp_path: Path) -> None:
    source = SUBJECT.read_text()
    failing = source.replace('mark, "the test\'s Deferred fires")', 'self.fail, "by the Deferred")')
    assert failing != source
    subject = tmp_path / "trial_fails.py"
    subject.write_text(failing)
    status, marks, output = trial(subject, tmp_path)
    assert marks[-2:] == ["tearDown returns a Deferred", "tearDown's Deferred fires"]
    assert status == 1
    assert "FailTest: by the Deferred" in output
