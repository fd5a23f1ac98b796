"""The lessons as programs: the list, a lesson by name, and each lesson as a module."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

import slowpoetry.lessons
from tests.forked import Forked

HOME = Path(slowpoetry.lessons.__file__).parent
SECONDS = 60  # a lesson takes less than three
MODULES = sorted(path.stem for path in HOME.glob("[a-z]*.py"))


def python(*arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", *arguments],
        cwd=HOME.parent.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    return done.returncode, done.stdout, done.stderr


def test_without_a_name_the_lessons_are_listed() -> None:
    names = [module.replace("_", "-") for module in MODULES]
    assert len(names) > 25
    assert python("slowpoetry.lessons") == (0, "\n".join(names) + "\n", "")


@pytest.mark.parametrize("arguments", [["no-such"], ["-logged"], ["list-empty", "list-order"], ["--help"]])
def test_an_unknown_lesson_is_named(arguments: list[str]) -> None:
    status, stdout, stderr = python("slowpoetry.lessons", *arguments)
    assert (status, stdout) == (2, "")
    assert stderr == f"lessons: no lesson {' '.join(arguments)!r}; without a name, they are listed\n"


@pytest.mark.parametrize("module", MODULES)
def test_each_lesson_runs_as_a_module_and_prints_its_recorded_output_without_a_warning(module: str) -> None:
    recorded = (HOME / f"{module}.txt").read_text()
    with Forked(f"slowpoetry.lessons.{module}", text=True, strict=True) as lesson:
        watchdog = threading.Timer(SECONDS, lesson.kill)
        watchdog.start()
        stdout, stderr = lesson.communicate()
        watchdog.cancel()
    assert (lesson.returncode, stdout, stderr) == (0, recorded, "")
