"""Records of one JSON object a line: send logs, transcripts, the lab's own reader's records, a demo's commands.

A last line without a newline was cut short by a crash, and is left out.  Anything else that is wrong is a UsageError
that names file, line and key, because a run's folder may come from anyone.
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
from harness.spec.data_file import why_unreadable

LATEST = 1e10  # seconds: three hundred years, more than any monotonic clock shows


class Unreadable(UsageError):
    """Recorded evidence that cannot be used: the message names the file, the line and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line, counted from 1."""

    path: Path
    line: int
    data: dict[str, Any]

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def bad(self, key: str, wanted: str) -> Unreadable:
        """The error that says what the key holds and what was expected."""
        if key not in self.data:
            return Unreadable(f"{self.path}: line {self.line}: {key!r} is missing")
        # Shortened, because the value may be very long or deeply nested.
        said = reprlib.repr(self.data[key])
        return Unreadable(f"{self.path}: line {self.line}: at {key}: {said} is not {wanted}")

    def seconds(self, key: str, least: float = 0.0) -> float:
        """A time that is not before `least`."""
        value: Any = self.data.get(key)
        # Not isinstance, because a bool is an int in Python.  NaN fails the comparison.
        if type(value) not in (int, float) or not least <= value <= LATEST:
            raise self.bad(key, f"a time of {least} s or later" if least else "a time in seconds")
        return float(value)

    def whole(self, key: str, least: int, most: float = math.inf) -> int:
        """A whole number within these bounds."""
        value = self.data.get(key)
        if type(value) is not int or not least <= value <= most:
            bounds = f"of {least} or more" if most == math.inf else f"from {least} to {most}"
            raise self.bad(key, f"a whole number {bounds}")
        return value

    def word(self, key: str, known: Container[str] | None = None) -> str:
        """A word; if `known` is given, one of those."""
        value = self.data.get(key)
        if not isinstance(value, str) or (known is not None and value not in known):
            raise self.bad(key, f"one of {known}" if known is not None else "a word")
        return value


def read_ndjson(path: Path) -> Iterator[Entry]:
    """The lines of a file; Unreadable if one is not a JSON object, OSError if there is no file."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith(b"\n"):
                continue
            try:
                data = json.loads(line.decode("utf-8"))
            except (ValueError, RecursionError) as error:
                raise Unreadable(f"{path}: line {number}: not JSON: {why_unreadable(error)}") from None
            if not isinstance(data, dict):
                raise Unreadable(f"{path}: line {number}: not a JSON object")
            yield Entry(path, number, data)
