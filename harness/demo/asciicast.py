"""A recording of the terminal's output as an asciicast v3 file.

The file has a header line, then one line for each event: ``[seconds since the last event, code, data]``.
Source of the format: https://docs.asciinema.org/manual/asciicast/v3/
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from harness.errors import LabError, UsageError


class Cast:
    """A recording that is being written: `with Cast(path, columns, rows) as cast:`.

    UsageError if the file cannot be created, LabError if it cannot be written.
    """

    def __init__(self, path: Path, columns: int, rows: int, seconds: Callable[[], float] = time.monotonic) -> None:
        try:
            self._file = path.open("w", encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--cast {path}: {error.strerror}") from None
        self._path = path
        self._seconds = seconds
        self._last = seconds()
        self._size = columns, rows
        self._line({"version": 3, "term": {"cols": columns, "rows": rows}, "title": "Slow Poetry Lab"})

    def _line(self, value: object) -> None:
        try:
            self._file.write(json.dumps(value, ensure_ascii=False) + "\n")
        except OSError as error:
            raise LabError(f"--cast {self._path}: {error.strerror}") from None

    def _event(self, code: str, data: str) -> None:
        now = self._seconds()
        self._line([round(now - self._last, 6), code, data])
        self._last = now

    def write(self, text: str) -> None:
        """Record text that was sent to the terminal."""
        self._event("o", text)

    def mark(self, label: str) -> None:
        """Record a marker, to which a player of the file can go."""
        self._event("m", label)

    def resized(self, columns: int, rows: int) -> None:
        """Record a new size of the terminal."""
        if (columns, rows) != self._size:
            self._size = columns, rows
            self._event("r", f"{columns}x{rows}")

    def __enter__(self) -> Cast:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
