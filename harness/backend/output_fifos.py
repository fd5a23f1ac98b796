"""A client's standard output and error as FIFOs of this machine, if it runs in a container.

The engine's own stream is read by two programs of the engine before the lab gets it.  With 10,000 lines a second they
take the processors away from the servers; and they read it to its end, even if the lab reads slowly or stops early.
A FIFO has the size and the behaviour of a pipe: a client in a container has the same conditions as on this machine.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

from harness.backend import Output, Source, ownership
from harness.backend.child_process import OwnPipe, Pipe
from harness.spec.conditions import Conditions

STREAMS = ("stdout", "stderr")
SHELL = "/bin/sh"


class Fifos:
    """The FIFOs of one client, none without a shell in its image: then its output comes through the engine.

    They are mounted read-only, and can be written to all the same.  Their files exist in the `with` block only, and a
    container's mounts of them stay.  An error in the block closes them.  What a killed lab leaves is swept later.
    """

    def __init__(self, conditions: Conditions, *, shell: bool) -> None:
        self._conditions = conditions
        self._folder = ownership.temporary_folder()
        self._folder.chmod(0o755)
        self.places = {self._folder / stream: f"/{stream}" for stream in STREAMS} if shell else {}
        self._writing: list[int] = []
        self.stdout: Output | None = None
        self.sources: list[Source] = []
        for path in self.places:
            os.mkfifo(path)
            path.chmod(0o622)
            reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            # A FIFO without a writer reads as ended, and the client may not have opened it yet.
            self._writing.append(os.open(path, os.O_WRONLY))
            if conditions.own_stdout and path.name == "stdout":
                self.stdout = OwnPipe(reading)
            else:
                self.sources.append(Pipe(reading, path.name))

    def command(self, command: Sequence[str]) -> list[str]:
        """The command in a shell, which opens the FIFOs, sets what the engine cannot set, and becomes the command."""
        if not self.places:
            return list(command)
        # Variables that a shell makes itself, and those to be missing: the engine sets HOME if it is not given.
        unset = [
            "PWD",
            "OLDPWD",
            "SHLVL",
            *(name for name, value in self._conditions.environment.items() if value is None),
        ]
        return [SHELL, "-c", f'unset {" ".join(unset)}; exec "$0" "$@" >/stdout 2>/stderr', *command]

    def writers_gone(self) -> None:
        """Close the lab's own writing ends: after the bytes that are left, the readers see the end."""
        while self._writing:
            os.close(self._writing.pop())

    def close(self) -> None:
        """Close all ends."""
        self.writers_gone()
        if self.stdout:
            self.stdout.close()
        while self.sources:
            os.close(self.sources.pop().fileno())

    def __enter__(self) -> Fifos:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        if kind:
            self.close()


def needs_shell(conditions: Conditions) -> bool:
    """Whether a client in a container can have these conditions only in a shell."""
    return conditions.own_stdout or None in conditions.environment.values()
