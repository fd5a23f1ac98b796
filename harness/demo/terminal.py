"""Textual's driver of the terminal with two additions: it records a cast, and it survives the loss of the terminal."""

from __future__ import annotations

import contextlib
from typing import Any

from textual.driver import Driver

from harness.demo.asciicast import Cast


class _Output:
    """The terminal's file; output that can no longer be written is dropped."""

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
    """A subclass of the driver that also writes its output into the cast, if there is one."""

    class DemoDriver(driver):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            # An error would end Textual's writing thread, and the next write would wait for that thread for ever.
            if (file := getattr(self, "_file", None)) is not None:
                self._file: Any = _Output(file)

        def write(self, data: str) -> None:
            if cast is not None:
                cast.write(data)
            super().write(data)

    return DemoDriver
