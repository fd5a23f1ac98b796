"""The pod of the local backend: a server program as a process of this machine, which its clients share."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Sequence

from harness.backend import Process
from harness.backend.child_process import Pipe, environment, resolved, set_niceness
from harness.spec.client import Client
from harness.spec.conditions import USUAL, Conditions
from harness.spec.server_program import ServerProgram

NICE = -10  # so that a busy machine makes fewer chunks late


class LocalPod:
    """The program ends when its standard input ends, and so when the lab ends."""

    def __init__(self, program: ServerProgram, label: str, start: Callable[..., Process]) -> None:
        self._start = start
        self._process = subprocess.Popen(
            resolved(program),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd=program.home,
            env=environment(label, "servers"),
            # In its own session, so that Ctrl-C at the terminal reaches only the lab, which then closes the servers.
            start_new_session=True,
        )
        set_niceness(self._process.pid, NICE)
        assert self._process.stdout is not None
        self.source = Pipe(self._process.stdout.fileno(), "stdout")

    def write(self, data: bytes) -> None:
        """Write to its standard input; BrokenPipeError if the process has ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(data)

    def start(self, client: Client, arguments: Sequence[str], conditions: Conditions = USUAL) -> Process:
        """Start a client as a process of this machine."""
        return self._start(client, arguments, conditions)

    def end(self, seconds: float) -> None:
        """Close its standard input; kill the process if it has not ended after so many seconds."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
