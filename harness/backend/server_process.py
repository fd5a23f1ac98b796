"""A server program as a process of this machine, spoken to over its standard input and output."""

from __future__ import annotations

import contextlib
import subprocess

from harness.backend.child_process import Pipe, environment, resolved
from harness.spec.server_program import ServerProgram


class LocalServerProcess:
    """It ends with its standard input, and so with the lab."""

    def __init__(self, program: ServerProgram, label: str) -> None:
        self._process = subprocess.Popen(
            resolved(program),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd=program.home,
            env=environment(label, "servers"),
            # Its own session: a Ctrl-C at the terminal is for the lab, which then closes the servers.
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self.source = Pipe(self._process.stdout.fileno(), "stdout")

    def write(self, data: bytes) -> None:
        """Say it; BrokenPipeError where the process has ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(data)

    def end(self, seconds: float) -> None:
        """End its input; kill it where it has not ended after so long."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
