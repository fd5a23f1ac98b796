"""A container's standard output as a FIFO of this machine.

The engine's own stream cannot be used: the engine reads it to its end, even if the lab reads slowly or stops early.
A FIFO has the size and the behaviour of a pipe, so that a client in a container has the same conditions as on this
machine.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness.backend.child_process import OwnPipe
from harness.spec.conditions import Conditions

PLACE = "/output"  # its path in the container


class Fifo(OwnPipe):
    """The reading end.  The FIFO is mounted read-only; a FIFO can be written to all the same.

    Its file exists in its `with` block only, so that nothing is left if the lab is killed; a container's mount of it
    stays.  After an error in the block both ends are closed.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="slow-poetry-lab-"))
        self._folder.chmod(0o755)
        self.path = self._folder / "stdout"
        os.mkfifo(self.path)
        self.path.chmod(0o622)
        super().__init__(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK))
        # A FIFO without a writer reads as ended, and the client may not have opened it yet.
        self._writer: int | None = os.open(self.path, os.O_WRONLY)

    def writers_gone(self) -> None:
        """Close the lab's own writing end: after the bytes that are left, the reader sees the end."""
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None

    def close(self) -> None:
        """Close both ends."""
        self.writers_gone()
        super().close()

    def __enter__(self) -> Fifo:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        if kind:
            self.close()


def in_shell(command: Sequence[str], conditions: Conditions) -> list[str]:
    """The command; if the engine alone cannot set these conditions, a shell sets them and then becomes the command."""
    # The shell unsets variables because the engine sets HOME if it is missing.
    unset = [f"unset {name}; " for name, value in conditions.environment.items() if value is None]
    to = f" >{PLACE}" if conditions.own_stdout else ""
    if not unset and not to:
        return list(command)
    return ["sh", "-c", f'{"".join(unset)}exec "$0" "$@"{to}', *command]
