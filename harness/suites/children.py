"""Child programs that run side by side and are stopped together."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from harness.paths import ROOT


class Stopped(Exception):
    """The programs have been stopped, so this one has no result."""


class Children:
    """Programs that several threads start; each has its own process group, which holds all that it starts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False

    def run(self, command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a program in the top folder of the checkout, with text output; Stopped once `stop` was called."""
        with self._lock:
            if self._stopped:
                raise Stopped
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                text=True,
                errors="replace",
                process_group=0,
                **options,
            )
            self._running.add(child)
        output, errors = child.communicate()
        with self._lock:
            self._running.remove(child)
            if self._stopped:
                raise Stopped
        return subprocess.CompletedProcess(command, child.returncode, output, errors)

    def stop(self, patience: float = 10) -> None:
        """End all running programs, by force after `patience` seconds, and start no more."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for child in running:
            _send(child, signal.SIGTERM)
        for child in running:
            try:
                child.wait(patience)
            except subprocess.TimeoutExpired:
                _send(child, signal.SIGKILL)


def _send(child: subprocess.Popen[str], number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)
