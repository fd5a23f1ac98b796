"""`./lab` in a process that is forked from one that has already imported it: the same program in its own process, but
without the third of a second of its start.

Other tests start the script `./lab` itself, and so test the bootstrap and the imports.
"""

from __future__ import annotations

import atexit
import gc
import io
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace, TracebackType

import forked_servers

from harness.paths import ROOT

_server = multiprocessing.get_context("forkserver")
_starting = threading.Lock()
_imported = [
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
    *forked_servers.IMPORTED,
]


def import_first(*modules: str) -> None:
    """Let every lab that is forked from now on have imported these modules: what only the tests of one task need."""
    if not set(modules) <= set(_imported):
        _imported.extend(modules)
        forkserver._forkserver._stop()  # type: ignore[attr-defined]  # the next lab starts another one


def _make_sure_of_server() -> None:
    with _starting:  # a test may start labs in several threads
        _server.set_forkserver_preload(_imported)
        os.environ.update(forked_servers.ROOM)
        forkserver.ensure_running()
        for name in forked_servers.ROOM:
            del os.environ[name]


class ForkedLab:
    """A running lab, to be used as a `subprocess.Popen` is; SIGTERM ends it with its block.

    `streams` are the descriptors of its standard input, output and error; without them it has no input, and its output
    is in pipes of text.  In a session of its own, no signal of a terminal reaches it.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        cwd: Path,
        environment: Mapping[str, str],
        streams: Sequence[int] = (),
        own_session: bool = False,
    ) -> None:
        self.arguments = list(arguments)
        self.stdout: io.TextIOBase | None = None
        self.stderr: io.TextIOBase | None = None
        theirs = []
        if not streams:
            (stdout, their_stdout), (stderr, their_stderr) = os.pipe(), os.pipe()
            self.stdout, self.stderr = os.fdopen(stdout, encoding="utf-8"), os.fdopen(stderr, encoding="utf-8")
            streams = theirs = [os.open(os.devnull, os.O_RDONLY), their_stdout, their_stderr]
        whole = {**environment, "PYTHONPATH": f"{ROOT}:{ROOT / 'python'}"}
        _make_sure_of_server()
        # A connection of multiprocessing is a descriptor that reaches the new process.
        sent = [Connection(os.dup(stream)) for stream in streams]
        self._process = _server.Process(target=_lab, args=(self.arguments, cwd, sent, whole, own_session))
        self._process.start()
        for connection in sent:
            connection.close()
        for descriptor in theirs:
            os.close(descriptor)
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; returns the exit status."""
        self._process.join(timeout)
        if self.returncode is None:
            assert timeout is not None
            raise subprocess.TimeoutExpired(["./lab", *self.arguments], timeout)
        return self.returncode

    def communicate(self, timeout: float) -> tuple[str, str]:
        """Wait for its end; returns what comes on its output and its error until then."""
        assert self.stdout is not None and self.stderr is not None
        with ThreadPoolExecutor(2) as threads:
            rest = threads.submit(self.stdout.read), threads.submit(self.stderr.read)
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
            return rest[0].result(), rest[1].result()

    def send_signal(self, number: int) -> None:
        """Send a signal to a lab that has not ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it, if it still runs."""
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> ForkedLab:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.send_signal(signal.SIGTERM)
        for stream in (self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self.wait()


def run_lab(
    arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], stdout: Path, stderr: Path, seconds: float
) -> int:
    """Run it to its end, with its output in these files; returns its exit status, negative for a signal.

    TimeoutError if it has not ended after so many seconds; then it is killed.
    """
    with open(os.devnull) as none, stdout.open("w") as out, stderr.open("w") as err:
        lab = ForkedLab(arguments, cwd, environment, [none.fileno(), out.fileno(), err.fileno()])
    try:
        return lab.wait(seconds)
    except subprocess.TimeoutExpired as error:
        lab.kill()
        raise TimeoutError(f"{error}: {stderr.read_text()}") from None


def _lab(
    arguments: Sequence[str], cwd: Path, streams: Sequence[Connection], environment: Mapping[str, str], session: bool
) -> None:
    from harness.__main__ import main
    from harness.backend import local_pod

    gc.freeze()  # as forked_servers does
    local_pod.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": forked_servers.start})  # type: ignore[attr-defined]
    if session:
        os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream.fileno(), number)
        stream.close()
    os.environ.clear()
    os.environ.update(environment)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        # Its buffer depends on whether it is a terminal.
        stream = io.TextIOWrapper(
            open(number, "rb" if number == 0 else "wb", closefd=False),  # noqa: SIM115  # open to the end
            encoding="utf-8",
            errors="backslashreplace" if number == 2 else "strict",
            line_buffering=number == 2 or os.isatty(number),
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
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
