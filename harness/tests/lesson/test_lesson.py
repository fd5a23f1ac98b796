"""Each lesson gives its recorded output, in each of its languages and on each backend."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from harness.backend import Backend, Exit, ownership
from harness.backend.choice import choose
from harness.errors import UsageError
from harness.lesson.lesson import (
    LIMITS,
    Outcome,
    Variant,
    code_of,
    discover,
    faults,
    languages_with_lessons,
    program,
    run,
)
from harness.paths import ROOT
from harness.run.recorder import record
from tests.forked import Forked

LESSONS = discover()
VARIANTS = [variant for lesson in LESSONS.values() for variant in lesson.variants]
SEED_NAMES = {  # lessons that Erlang or Haskell have too
    "virtual-loop", "wait-for-many", "one-of-many-fails", "cancel-waiting", "cancel-finished", "cancel-inner",
    "cancel-not-abort", "cancel-clean-up", "time-out",
}  # fmt: skip


@contextmanager
def prepared(name: str) -> Iterator[Backend]:
    """A backend, ready for the lessons of every language."""
    with choose(name, ownership.this_owner(), install=True, say=print) as backend:
        ready = backend.prepare([program(language) for language in languages_with_lessons()], print)
        assert ready.unready == {}
        yield backend


@pytest.fixture(scope="module")
def local() -> Iterator[Backend]:
    with prepared("local") as backend:
        yield backend


@pytest.fixture(scope="module")
def containers(engine: object) -> Iterator[Backend]:
    with prepared("docker") as backend:
        yield backend


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: f"{variant.language}-{variant.lesson}")
def test_a_lesson_gives_its_recorded_output(local: Backend, variant: Variant) -> None:
    outcome = forked(variant) if variant.language == "python" else run(local, variant)
    assert faults(variant, outcome) == []


def forked(variant: Variant) -> Outcome:
    """Run a lesson without the start of Python, which happens in its image and in the tests of the command."""
    with Forked("slowpoetry.lessons", variant.lesson) as process:
        stdout, stderr = process.communicate()
    status = process.returncode
    assert status is not None
    return Outcome(stdout, stderr, Exit(status) if status >= 0 else Exit(None, signal=-status), None)


@pytest.mark.parametrize("language", languages_with_lessons())
def test_the_lessons_give_the_same_in_the_image_of_their_language(
    containers: Backend, language: str, tmp_path: Path
) -> None:
    variants = [variant for variant in VARIANTS if variant.language == language]
    one = program(language)
    # All of them in one container: its start takes longer than a lesson.
    script = f'for lesson; do echo "== $lesson"; {shlex.join(one.command)} "$lesson" || echo "status $?"; done'
    process = containers.start(replace(one, command=("sh", "-c", script, "lessons")), [v.lesson for v in variants])
    ended = record(process, tmp_path, LIMITS, time.monotonic())
    expected = b"".join(b"== %s\n%s" % (v.lesson.encode(), v.recorded.read_bytes()) for v in variants)
    assert (tmp_path / "stdout").read_bytes() == expected
    assert ((tmp_path / "stderr").read_bytes(), ended.exit.status) == (b"", 0)


def test_every_recorded_output_belongs_to_a_lesson_of_the_index() -> None:
    known = {variant.recorded for variant in VARIANTS}
    for language in languages_with_lessons().values():
        for recorded in code_of(language, "any").parent.glob("*.txt"):
            assert recorded in known, f"{recorded.relative_to(ROOT)} belongs to no lesson of the index"


def test_the_lessons_are_ordered_by_part_and_those_of_several_languages_are_there() -> None:
    parts = [lesson.part for lesson in LESSONS.values()]
    assert parts == sorted(parts)
    assert set(LESSONS) >= SEED_NAMES


def test_the_recorded_outputs_hold_no_times_addresses_or_paths() -> None:
    for variant in VARIANTS:
        text = variant.recorded.read_text("utf-8")
        assert text and text.endswith("\n")
        assert not re.search(r"0x[0-9a-f]{4}|<\d+\.\d+\.\d+>|/(lab|usr|home|tmp)/|\d:\d\d", text), variant


@pytest.fixture
def variant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Variant:
    """A lesson whose recorded output has two lines."""
    monkeypatch.setattr("harness.lesson.lesson.ROOT", tmp_path)
    (tmp_path / "one.txt").write_text("first\nsecond\n")
    return Variant("one", "python", tmp_path / "one.py")


GOOD = Exit(0)


def ended(
    stdout: bytes = b"first\nsecond\n", stderr: bytes = b"", end: Exit = GOOD, stopped: str | None = None
) -> Outcome:
    return Outcome(stdout, stderr, end, stopped)


def test_an_outcome_as_recorded_has_no_faults(variant: Variant) -> None:
    assert faults(variant, ended()) == []


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (ended(b"first\nother\n"), ["-second", "+other"]),
        (ended(b"first\n"), ["-second"]),
        (ended(b""), ["-first", "-second"]),
        (ended(b"first\nsecond"), ["-second", "+second (no end of line)"]),
        (ended(b"first\n\xff\n"), ["-second", "+\\xff"]),
        (ended(stderr=b"a warning\n"), ["printed on standard error:", "a warning"]),
        (ended(end=Exit(1)), ["ended with status 1"]),
        (ended(end=Exit(None, signal=9)), ["ended by signal 9"]),
        (ended(end=Exit(None, signal=9), stopped="timeout"), ["stopped: timeout"]),
    ],
)
def test_everything_wrong_with_an_outcome_is_named(variant: Variant, outcome: Outcome, said: list[str]) -> None:
    found = faults(variant, outcome)
    assert set(said) <= set(found), found


def test_a_missing_recorded_output_is_named(variant: Variant) -> None:
    variant.recorded.unlink()
    assert faults(variant, ended()) == ["there is no recorded output one.txt"]


ENTRY = '{{ part = 17, name = "{}", title = "any" }},'


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["virtual-loop", "virtual-loop"], "two lessons 'virtual-loop'"),
        (
            ["of-no-language"],
            "'of-no-language' has no code in any language; looked for: python/",
        ),
        (["With Capitals"], "lessons.0.name"),
        ([], "lessons"),
    ],
)
def test_a_bad_index_is_named(tmp_path: Path, names: list[str], words: str) -> None:
    index = tmp_path / "lessons.toml"
    index.write_text(f"schema = 1\nlessons = [{''.join(map(ENTRY.format, names))}]\n")
    with pytest.raises(UsageError, match=re.escape(str(index)) + f".*{words}"):
        discover(index)
