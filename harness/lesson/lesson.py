"""Lessons: small programs with one idea each, in one or more languages (seed parts 17 to 21).

`lessons.toml` gives their order and titles.  A language has a lesson if the file with its code exists.  A file with
the same name and the suffix `.txt` holds the recorded output, which the code must give.
"""

from __future__ import annotations

import difflib
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.backend import Backend, Exit
from harness.errors import UsageError
from harness.paths import ROOT
from harness.run.recorder import Limits, record
from harness.spec.client import Client, Traits
from harness.spec.data_file import read_toml
from harness.spec.language import Language, languages

INDEX = ROOT / "harness" / "lesson" / "lessons.toml"
LIMITS = Limits(60, 1 << 20, 1 << 20)  # on an idle machine a lesson takes less than three seconds


def languages_with_lessons() -> dict[str, Language]:
    """The languages that declare where their lessons are, by name."""
    return {name: language for name, language in languages().items() if "lessons" in language.declared}


def code_of(language: Language, lesson: str) -> Path:
    """Where a language has this lesson, if it has it; a lesson's name is words with hyphens."""
    camel = "".join(word.capitalize() for word in lesson.split("-"))
    pattern: str = language.declared["lessons"]["code"]
    return language.folder / pattern.replace("{snake}", lesson.replace("-", "_")).replace("{camel}", camel)


@dataclass(frozen=True)
class Variant:
    """A lesson in one language."""

    lesson: str
    language: str
    code: Path

    @property
    def recorded(self) -> Path:
        """The file with the output that the code must give."""
        return self.code.with_suffix(".txt")


@dataclass(frozen=True)
class Lesson:
    """One idea: its name, its part of the seed, a title, and its variants in the order of the languages."""

    name: str
    part: int
    title: str
    variants: tuple[Variant, ...]


@dataclass(frozen=True)
class Outcome:
    """What a variant printed and how it ended; `stopped` says which limit it exceeded, if any."""

    stdout: bytes
    stderr: bytes
    exit: Exit
    stopped: str | None


def discover(index: Path = INDEX) -> dict[str, Lesson]:
    """The lessons by name, in the order of the index; UsageError if a name occurs twice or has no code."""
    lessons: dict[str, Lesson] = {}
    for entry in read_toml(index, "lessons")["lessons"]:
        name = entry["name"]
        if name in lessons:
            raise UsageError(f"{index}: there are two lessons {name!r}; a name can occur only once")
        paths = {language: code_of(one, name) for language, one in languages_with_lessons().items()}
        variants = tuple(Variant(name, language, path) for language, path in paths.items() if path.is_file())
        if not variants:
            places = ", ".join(str(path.relative_to(ROOT)) for path in paths.values())
            raise UsageError(f"{index}: the lesson {name!r} has no code in any language; looked for: {places}")
        lessons[name] = Lesson(name, entry["part"], entry["title"], variants)
    return lessons


def program(language: str) -> Client:
    """The program that runs the lessons of this language, as a client that a backend can prepare and start."""
    return Client(
        name=f"{language}-lessons",
        language=language,
        model="any",
        summary="the lessons",
        image=language,
        command=tuple(languages()[language].declared["lessons"]["command"]),
        traits=Traits("in-turn", "silent", "at-end", "arguments"),
        unsupported={},
        known_failures=(),
        home=ROOT,
    )


def run(backend: Backend, variant: Variant) -> Outcome:
    """Run a variant to its end; the backend must have prepared its `program`."""
    started = time.monotonic()
    try:
        process = backend.start(program(variant.language), [variant.lesson])
    except OSError as error:
        return Outcome(b"", f"{error.filename or 'the lesson'}: {error.strerror}\n".encode(), Exit(127), None)
    with tempfile.TemporaryDirectory(prefix="slow-poetry-lab-") as name:
        folder = Path(name)
        recording = record(process, folder, LIMITS, started)
        stdout, stderr = (folder / "stdout").read_bytes(), (folder / "stderr").read_bytes()
    return Outcome(stdout, stderr, recording.exit, recording.stopped)


def faults(variant: Variant, outcome: Outcome) -> list[str]:
    """Lines that say what is wrong with the outcome; an empty list if nothing is."""
    found = []
    if outcome.stopped:
        found.append(f"stopped: {outcome.stopped}")
    elif outcome.exit.signal is not None:
        found.append(f"ended by signal {outcome.exit.signal}")
    elif outcome.exit.status != 0:
        found.append(f"ended with status {outcome.exit.status}")
    if outcome.stderr:
        found += ["printed on standard error:", *as_text(outcome.stderr).splitlines()]
    place = variant.recorded.relative_to(ROOT)
    if not variant.recorded.is_file():
        found.append(f"there is no recorded output {place}")
    elif outcome.stdout != variant.recorded.read_bytes():
        found.append(f"the output differs from {place} (-recorded +printed):")
        found += _difference(as_text(variant.recorded.read_bytes()), as_text(outcome.stdout))
    return found


def _difference(recorded: str, printed: str) -> Sequence[str]:
    lines = difflib.unified_diff(recorded.splitlines(True), printed.splitlines(True), n=1)
    # A missing end of line is shown, because it may be the only difference.
    return [line.rstrip("\n") if line.endswith("\n") else f"{line} (no end of line)" for line in list(lines)[2:]]


def as_text(data: bytes) -> str:
    """An output as text; bytes that are not UTF-8 are escaped."""
    return data.decode("utf-8", errors="backslashreplace")
