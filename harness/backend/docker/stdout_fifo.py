"""A container's standard output on its own: a FIFO of this machine.

The engine's stream will not do, for the engine reads it to its end, however slowly we read or how early we leave.
A FIFO holds and does what a pipe does, so that a client meets the same as on the machine itself.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness.backend.child_process import OwnPipe
from harness.spec.conditions import Conditions

PLACE = "/output"  # where it is mounted


class Fifo(OwnPipe):
    """The reading end.  It is mounted read-only, and can be written to all the same."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="slow-poetry-lab-"))
        self._folder.chmod(0o755)
        path = self._folder / "stdout"
        os.mkfifo(path)
        path.chmod(0o622)
        super().__init__(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        # Without a writer a FIFO is at its end, and the client may not have opened it yet.
        self._writer: int | None = os.open(path, os.O_WRONLY)
        self.bind = f"{path}:{PLACE}:ro"

    def writers_gone(self) -> None:
        """No one will write any more: what is left can be read, then comes the end."""
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None

    def vanish(self) -> None:
        """Take it from its place: where it is mounted it stays, and no one is left to do it where the lab is killed."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def remove(self) -> None:
        """Close it, and take it away."""
        self.writers_gone()
        self.close()
        self.vanish()


def in_shell(command: Sequence[str], conditions: Conditions) -> list[str]:
    """The command, begun by a shell where the engine alone cannot do it; the shell becomes the command."""
    # The engine itself would set HOME where it is missing.
    unset = [f"unset {name}; " for name, value in conditions.environment.items() if value is None]
    to = f" >{PLACE}" if conditions.own_stdout else ""
    if not unset and not to:
        return list(command)
    return ["sh", "-c", f'{"".join(unset)}exec "$0" "$@"{to}', *command]
