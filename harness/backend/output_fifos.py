"""A client's standard output and error as FIFOs of this machine, if it runs in a container.

The engine's own stream is read by two programs of the engine before the lab gets it.  With 10,000 lines a second they
take the processors away from the servers; and they read it to its end, even if the lab reads slowly or stops early.
A FIFO has the size and the behaviour of a pipe: a client in a container has the same conditions as on this machine.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness.spec.conditions import Conditions

STREAMS = ("stdout", "stderr")
SHELL = "/bin/sh"  # an image needs it


class Fifos:
    """Both FIFOs; `reading` are their reading ends.  They are mounted read-only, and can be written to all the same.

    Their files exist in the `with` block only, so that nothing is left if the lab is killed; a container's mounts of
    them stay.  After an error in the block all ends are closed.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="slow-poetry-lab-"))
        self._folder.chmod(0o755)
        self.reading: dict[str, int] = {}
        self._writing: list[int] = []
        for stream in STREAMS:
            path = self.path(stream)
            os.mkfifo(path)
            path.chmod(0o622)
            self.reading[stream] = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            # A FIFO without a writer reads as ended, and the client may not have opened it yet.
            self._writing.append(os.open(path, os.O_WRONLY))

    def path(self, stream: str) -> Path:
        """The FIFO's file."""
        return self._folder / stream

    def writers_gone(self) -> None:
        """Close the lab's own writing ends: after the bytes that are left, the readers see the end."""
        while self._writing:
            os.close(self._writing.pop())

    def close(self) -> None:
        """Close all ends that are still here."""
        self.writers_gone()
        while self.reading:
            os.close(self.reading.popitem()[1])

    def __enter__(self) -> Fifos:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        if kind:
            self.close()


def in_shell(command: Sequence[str], conditions: Conditions) -> list[str]:
    """The command in a shell, which opens the FIFOs, sets what the engine alone cannot set, and becomes the command."""
    # The shell unsets variables because the engine sets HOME if it is missing.
    unset = [f"unset {name}; " for name, value in conditions.environment.items() if value is None]
    return ["sh", "-c", f'{"".join(unset)}exec "$0" "$@" >/stdout 2>/stderr', *command]


def needs_shell(conditions: Conditions) -> bool:
    """Whether the client can have these conditions only in a shell."""
    return conditions.own_stdout or None in conditions.environment.values()
