"""Reading what was recorded line by line: send logs, transcripts, witnesses' records, a demo's commands.

Each line is a JSON object.  A last line without its newline was cut short by a crash, and is left out.  Whatever else
is wrong is a UsageError that names file, line and key: a run's folder may come from elsewhere.
"""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import UsageError

LATEST = 1e10  # seconds: three hundred years, more than any monotonic clock has counted


class Unreadable(UsageError):
    """Recorded evidence that is none: the message names the file, the line and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line, counted from 1."""

    path: Path
    line: int
    data: dict[str, Any]

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def bad(self, key: str, wanted: str) -> Unreadable:
        """The error that says what was wanted in place of what stands there."""
        if key not in self.data:
            return Unreadable(f"{self.path}: line {self.line}: {key!r} is missing")
        # Not all of it: it may be as long, and as deep, as it likes.
        said = reprlib.repr(self.data[key])
        return Unreadable(f"{self.path}: line {self.line}: at {key}: {said} is not {wanted}")

    def seconds(self, key: str, least: float = 0.0) -> float:
        """A time that is not before `least`."""
        value: Any = self.data.get(key)
        # bool is an int of Python's, and NaN is not within any bounds.
        if type(value) not in (int, float) or not least <= value <= LATEST:
            raise self.bad(key, f"a time of {least} s or later" if least else "a time in seconds")
        return float(value)

    def whole(self, key: str, least: int, most: float = math.inf) -> int:
        """A whole number within these bounds."""
        value = self.data.get(key)
        if type(value) is not int or not least <= value <= most:
            raise self.bad(key, f"a whole number of {least} or more" if most == math.inf else f"from {least} to {most}")
        return value

    def word(self, key: str, known: Container[str] | None = None) -> str:
        """A word, one of those known where such are given."""
        value = self.data.get(key)
        if not isinstance(value, str) or (known is not None and value not in known):
            raise self.bad(key, f"one of {known}" if known is not None else "a word")
        return value


def read_ndjson(path: Path) -> Iterator[Entry]:
    """The lines of a file; Unreadable where one is no JSON object, OSError where there is no file."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith(b"\n"):
                continue
            try:
                data = json.loads(line.decode("utf-8"))
            except (ValueError, RecursionError) as error:
                raise Unreadable(f"{path}: line {number}: not JSON: {error}") from None
            if not isinstance(data, dict):
                raise Unreadable(f"{path}: line {number}: not a JSON object")
            yield Entry(path, number, data)
