"""`./lab` in a process that is forked from one that has already imported it: the same program in its own process, but
without the third of a second of its start.

Other tests start the script `./lab` itself, and so test the bootstrap and the imports.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import forked_servers

from harness.paths import ROOT

Output = Path | Connection  # a new file, or the end of a pipe

_server = multiprocessing.get_context("forkserver")
_preloaded = [
    "harness.__main__",
    "harness.check.program",
    "harness.check.text",
    "harness.cli.check_tasks",
    "harness.cli.compare_tasks",
    "harness.cli.lab_tasks",
    "harness.cli.show_tasks",
    "harness.compare.matrix",
    "harness.backend.local",
    "harness.backend.docker.backend",
    "harness.judge.replay",
    "harness.report.table",
    "forked_lab",
    *forked_servers.PRELOAD,
]


def preload(*modules: str) -> None:
    """Let the labs that are started from now on have imported these modules, too."""
    _preloaded.extend(modules)
    forkserver._forkserver._stop()


def _start_server() -> None:
    _server.set_forkserver_preload(_preloaded)
    os.environ.update(forked_servers.ROOM)
    forkserver.ensure_running()
    for name in forked_servers.ROOM:
        del os.environ[name]


class ForkedLab:
    """A running `./lab`, which ends with its block: what tests need of `subprocess.Popen`, with pipes of text."""

    def __init__(self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> None:
        (stdout, its_stdout), (stderr, its_stderr) = _server.Pipe(duplex=False), _server.Pipe(duplex=False)
        self._process = _process(arguments, cwd, environment, its_stdout, its_stderr)
        self.stdout, self.stderr = (os.fdopen(os.dup(end.fileno()), encoding="utf-8") for end in (stdout, stderr))
        for end in (stdout, its_stdout, stderr, its_stderr):
            end.close()
        self.pid = self._process.pid or 0
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status, negative for a signal; None if it runs."""
        if self.returncode is None:
            self.returncode = self._process.exitcode
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end, and return the same."""
        self._process.join(timeout)
        return self.poll()

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What is left of its output, when it has ended; it is killed, with TimeoutError, if it takes longer."""
        with ThreadPoolExecutor(2) as readers:
            texts = [readers.submit(end.read) for end in (self.stdout, self.stderr)]
            if self.wait(timeout) is None:
                self.kill()
                raise TimeoutError(f"./lab with process id {self.pid} has not ended after {timeout} s")
        stdout, stderr = (text.result() for text in texts)
        return stdout, stderr

    def send_signal(self, signum: int) -> None:
        """Send it this signal, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()

    def __enter__(self) -> ForkedLab:
        return self

    def __exit__(self, *_: object) -> None:
        """End it, if it still runs, and close its pipes."""
        self.send_signal(signal.SIGTERM)
        self.wait()
        self._process.close()
        self.stdout.close()
        self.stderr.close()


def run_lab(
    arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], stdout: Path, stderr: Path, seconds: float
) -> int:
    """Run it to its end, with its output in these files; returns its exit status, negative for a signal.

    TimeoutError if it has not ended after so many seconds; then it is killed.
    """
    process = _process(arguments, cwd, environment, stdout, stderr)
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise TimeoutError(f"./lab {' '.join(arguments)} has not ended after {seconds} s: {stderr.read_text()}")
    status = process.exitcode
    process.close()
    return status


def _process(arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], *output: Output) -> Any:
    _start_server()
    whole = {**environment, "PYTHONPATH": f"{ROOT}:{ROOT / 'python'}"}
    process = _server.Process(target=_lab, args=(list(arguments), cwd, output, whole))
    process.start()
    return process


def _lab(arguments: Sequence[str], cwd: Path, output: Sequence[Output], environment: Mapping[str, str]) -> None:
    from harness.__main__ import main
    from harness.backend import local_pod

    local_pod.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": forked_servers.start})
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for descriptor, to in enumerate(output, 1):
        if isinstance(to, Path):
            os.dup2(os.open(to, os.O_WRONLY | os.O_CREAT, 0o600), descriptor)
        else:
            os.dup2(to.fileno(), descriptor)
            to.close()  # else its workers would hold the pipe open
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.argv = ["lab", *arguments]
    status = 0
    try:
        main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1 if ended.code else 0
        if isinstance(ended.code, str):
            sys.stderr.write(f"{ended.code}\n")
    finally:
        # Multiprocessing does not run these.
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    sys.exit(status)
