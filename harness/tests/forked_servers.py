"""Server programs in Python as forks of the lab's worker that starts them: the same programs in processes of their own,
but without the start of an interpreter and the import of Twisted, which take half a second of a processor.

What marks them as the lab's is in `/proc/PID/environ`, as with any other program.  Tests that start the script `./lab`
or call the lab's functions start these programs as a user's lab does.
"""

from __future__ import annotations

import ctypes
import gc
import os
import runpy
import select
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

# Of the process that is forked: a long variable, so that the fork has room to show its own environment.
ROOM = {"SLOW_POETRY_LAB_TESTS_ROOM": " " * 8192}
# All that they import, but no reactor: it must not be shared.
IMPORTED = [
    "slowpoetry.server.conducted",
    "slowpoetry.server.absence",
    "slowpoetry.server.full",
    "twisted.internet.epollreactor",
    "twisted.internet.stdio",
    "twisted.protocols.basic",
]


class Forked:
    """What the local pod needs of `subprocess.Popen`."""

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        its_stdin, stdin = os.pipe()
        stdout, its_stdout = os.pipe()
        sys.stderr.flush()
        shown, show = os.pipe()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        self.pid = os.fork()
        if not self.pid:
            _become(command, cwd, env, its_stdin, its_stdout)
        os.close(show)
        # As `Popen` returns, or lets a signal in, only when the new program can be seen.
        os.read(shown, 1)
        os.close(shown)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(its_stdin)
        os.close(its_stdout)
        self._command = command
        self.stdin, self.stdout = os.fdopen(stdin, "wb", 0), os.fdopen(stdout, "rb", 0)

    def wait(self, seconds: float | None = None) -> None:
        """Wait for its end; `subprocess.TimeoutExpired` if it has not ended after so many seconds."""
        process = os.pidfd_open(self.pid)
        try:
            if not select.select([process], [], [], seconds)[0]:
                raise subprocess.TimeoutExpired(self._command, seconds or 0)
        finally:
            os.close(process)
        os.waitpid(self.pid, 0)

    def kill(self) -> None:
        """Kill it."""
        os.kill(self.pid, signal.SIGKILL)


def start(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], **other: Any) -> Any:
    """Start a server program, as `subprocess.Popen` does; one in Python is forked."""
    if command[0] == "python3":
        return Forked(command[1:], cwd, env)
    return subprocess.Popen(command, cwd=cwd, env=env, **other)


def _become(words: Sequence[str], cwd: Path, env: Mapping[str, str], stdin: int, stdout: int) -> NoReturn:
    """Be the program `python3 WORDS` to its end, in a session of its own."""
    status = 1
    try:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.environ.clear()
        os.environ.update(env)
        _show(env)
        os.dup2(stdin, 0)
        os.dup2(stdout, 1)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        sys.stdin, sys.stdout = os.fdopen(0, encoding="utf-8"), os.fdopen(1, "w", encoding="utf-8")
        os.chdir(cwd)
        gc.freeze()  # else its collections would look at all objects of the lab, and it would send late
        sys.argv = ["-m", *words[2:]] if words[0] == "-m" else [*words]
        if words[0] == "-m":
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        else:
            sys.path.insert(0, str(cwd))
            runpy.run_path(words[0], run_name="__main__")
        sys.stdout.flush()
        status = 0
    except SystemExit as ended:
        status = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _show(env: Mapping[str, str]) -> None:
    """Let `/proc/PID/environ` tell this environment; the block that it shows is no longer used for anything else."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    begin, end = int(fields[47]), int(fields[48])
    block = b"".join(f"{name}={value}\0".encode() for name, value in env.items())
    assert len(block) <= end - begin, "no room for the environment"
    ctypes.memmove(begin, block.ljust(end - begin, b"\0"), end - begin)
