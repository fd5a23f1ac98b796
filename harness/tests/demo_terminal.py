"""A `./lab` on a terminal of its own, as a person has it: its output is read, and keys are pressed."""

from __future__ import annotations

import os
import pty
import selectors
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl

from forked_lab import ForkedLab
from lab_process import LAB

from harness.paths import ROOT

SECONDS = 120


class Terminal:
    """A `./lab` with its own terminal; as a `script` it is started, and else forked."""

    def __init__(self, environment: dict[str, str], *arguments: object, script: bool = False) -> None:
        self.output = b""
        self._ours, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        # A size in the environment would override the terminal's own size.
        inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        whole = {**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment}
        words, streams = list(map(str, arguments)), (theirs, theirs, theirs)
        self.process: subprocess.Popen[bytes] | ForkedLab
        if script:
            self.process = subprocess.Popen([LAB, *words], 0, None, *streams, env=whole, start_new_session=True)
        else:
            self.process = ForkedLab(words, ROOT, whole, streams, own_session=True)
        os.close(theirs)

    def until(self, words: str, start: int = 0) -> None:
        """Read until the output contains these words."""
        deadline = time.monotonic() + SECONDS
        while words.encode() not in self.output[start:]:
            assert self._read(deadline), f"never: {words}; {self.output[-2000:]!r}"

    def rest(self, seconds: float) -> None:
        """Press nothing for a while, and read."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._read(deadline):
            pass

    def _read(self, deadline: float) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._ours, selectors.EVENT_READ)
            if not selector.select(max(0.0, deadline - time.monotonic())):
                return False
        try:
            data = os.read(self._ours, 1 << 16)
        except OSError:
            return False  # no process has the terminal open any more
        self.output += data
        return bool(data)

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def ended(self) -> int:
        """Read to the end and return the exit status."""
        deadline = time.monotonic() + SECONDS
        while self._read(deadline):
            pass
        return self.process.wait(SECONDS)

    def hang_up(self) -> None:
        """Close the terminal, as when its window is closed."""
        os.close(self._ours)
        self._ours = -1

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._ours >= 0:
            os.close(self._ours)


@contextmanager
def on_terminal(*arguments: object, script: bool = False, **environment: str) -> Iterator[Terminal]:
    terminal = Terminal(environment, *arguments, script=script)
    try:
        yield terminal
    finally:
        terminal.close()
