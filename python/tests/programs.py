"""Run programs from trial's test cases: real processes on pipes, started from the top of the checkout.

For pytest and trial. A program that a test leaves running, or that hangs, is killed; in the second case its test fails.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

ROOT = Path(__file__).parents[2]
SECONDS_TO_LIVE = 120

Program = subprocess.Popen[str]


def connect(port: int) -> socket.socket:
    """Connect to a server on this machine."""
    return socket.create_connection(("127.0.0.1", port), timeout=SECONDS_TO_LIVE)


def read_all(client: socket.socket) -> bytes:
    """Read to the end and close."""
    with client, client.makefile("rb") as stream:
        return stream.read()


class ProgramTestCase(SynchronousTestCase):
    """Starts programs; each test has its own folder, which is removed after the test."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="slow-poetry-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def poem(self, name: str, text: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(text)
        return path

    def start(self, *command: object) -> Program:
        """Start a program; its standard error goes to the same pipe as its standard output."""
        program = subprocess.Popen(
            list(map(str, command)),
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT / "python"), "PYTHONUNBUFFERED": ""},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        watchdog = threading.Timer(SECONDS_TO_LIVE, program.kill)
        watchdog.start()
        self.addCleanup(program.__exit__, None, None, None)  # waits, and closes the pipe
        self.addCleanup(program.kill)
        self.addCleanup(watchdog.cancel)
        return program

    def python(self, module: str, *arguments: object) -> Program:
        """Start `python -m MODULE ARGUMENTS`."""
        return self.start(sys.executable, "-m", module, *arguments)

    def said(self, program: Program, pattern: str) -> re.Match[str]:
        """Wait for a line that matches the pattern."""
        seen = []
        for line in program.stdout:
            seen.append(line)
            if match := re.search(pattern, line):
                return match
        self.fail(f"{pattern!r} was never said, but:\n{''.join(seen)}")

    def stopped(self, program: Program, how: signal.Signals) -> tuple[int, str]:
        """Send the signal; return the exit status and the output after it."""
        program.send_signal(how)
        return self.ended(program)

    def ended(self, program: Program) -> tuple[int, str]:
        """Wait for the end; return the exit status and the output."""
        stdout, _ = program.communicate()
        return program.returncode, stdout
