"""Textual's driver of the terminal, with two things added: the cast, and an end in peace where the terminal is gone."""

from __future__ import annotations

import contextlib
from typing import Any

from textual.driver import Driver

from harness.demo.asciicast import Cast


class _Output:
    """A terminal's file; what can no longer be written to it is dropped."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        number: int = self._file.fileno()
        return number


def driver_of(driver: type[Driver], cast: Cast | None) -> type[Driver]:
    """The driver, and every word it writes in the cast too."""

    class DemoDriver(driver):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            # Textual's writing thread dies of an error, and then whoever writes waits for it for ever.
            if (file := getattr(self, "_file", None)) is not None:
                self._file: Any = _Output(file)

        def write(self, data: str) -> None:
            if cast is not None:
                cast.write(data)
            super().write(data)

    return DemoDriver
