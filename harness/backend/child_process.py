"""Shared by all processes that the lab starts on this machine: their output, environment and command."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from harness.backend import ownership
from harness.paths import ROOT
from harness.spec.client import Client
from harness.spec.conditions import Conditions
from harness.spec.server_program import ServerProgram

READ_SIZE = 1 << 16


class OwnPipe:
    """The reading end of a child's standard output; its reader decides how much to read."""

    def __init__(self, fd: int) -> None:
        self._fd: int | None = fd
        os.set_blocking(fd, False)

    def read(self, size: int) -> bytes | None:
        if self._fd is None:
            return None
        try:
            return os.read(self._fd, size) or None
        except BlockingIOError:
            return b""

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


class Pipe:
    """The reading end of a child's standard output or error."""

    def __init__(self, fd: int, stream: str) -> None:
        self._fd = fd
        self._stream = stream
        os.set_blocking(fd, False)

    def fileno(self) -> int:
        return self._fd

    def read(self) -> list[tuple[str, bytes]] | None:
        try:
            data = os.read(self._fd, READ_SIZE)
        except BlockingIOError:
            return []
        return [(self._stream, data)] if data else None


def search_path() -> str:
    """The PATH of the lab's processes: the lab's own Python comes first."""
    return f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"


def environment(label: str, role: str) -> dict[str, str]:
    """A small fixed environment; variables mark the owner."""
    return {
        "PATH": search_path(),
        "PYTHONPATH": str(ROOT / "python"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "HOME": "/tmp",
        ownership.VARIABLE: label,
        ownership.ROLE: role,
    }


def changed(environment: dict[str, str], conditions: Conditions) -> dict[str, str]:
    """The environment, changed as the conditions say."""
    every = {**environment, **conditions.environment}
    return {name: value for name, value in every.items() if value is not None}


def resolved(program: Client | ServerProgram) -> list[str]:
    """The program's command.  A relative path counts from its home; Popen would start from the caller's folder."""
    first, *rest = program.command
    return [str(program.home / first) if "/" in first else first, *rest]


def set_niceness(pid: int, niceness: int) -> None:
    """Let a process that leads a session go behind others, or before them, if this user may do that."""
    with suppress(OSError):  # it may have ended; and only root may let a process go before others
        os.setpriority(os.PRIO_PROCESS, pid, niceness)
        # Each session is a group, and between groups the niceness of a process does not count, only the group's.
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness))
