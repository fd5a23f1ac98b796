"""Programs as `python -m` runs them, but forked from a process that has already imported Twisted, asyncio and trio.

Their imports cost ten times what a client needs for itself. A forked program is still a real process: its own streams,
signals, exit, and exit status. A few tests start each program by `python -m`, and so test its start.

Run as a program, this is the process from which the others are forked. Each request on standard input, which is a
socket, is a list in JSON: whether a warning is an error, the module, its arguments. With it come four descriptors:
stdin, stdout, stderr, and a pipe for the process id and the wait status.
"""

import atexit
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any

PYTHON = Path(__file__).parents[1]
# The C locale, and without PYTHONUNBUFFERED, so that a program has to encode and to flush by itself.
ENVIRONMENT = os.environ | {"PYTHONPATH": str(PYTHON), "LC_ALL": "C", "PYTHONUNBUFFERED": ""}
LARGEST_REQUEST = 1 << 16
IMPORTED = (
    *("argparse", "asyncio", "concurrent.futures", "idna", "selectors", "ssl", "trio"),
    # Not the reactor, which a program installs itself.
    *("twisted.internet.epollreactor", "twisted.internet.endpoints", "twisted.internet.task"),
    *("twisted.protocols.basic", "twisted.protocols.policies"),
)


def fork_for_ever() -> None:
    """Fork a program for each request; returns in that program, and ends with the end of the requests."""
    requests = socket.socket(fileno=os.dup(0))
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the programs, and ends pytest
    children = signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait for a program
    while True:
        request, descriptors, *_ = socket.recv_fds(requests, LARGEST_REQUEST, 4)
        if not request:
            os._exit(0)
        if os.fork() == 0:
            break
        for descriptor in descriptors:
            os.close(descriptor)
    requests.close()
    signal.signal(signal.SIGCHLD, children)
    *streams, told = descriptors
    pid = os.fork()
    if pid:
        for descriptor in (0, 1, 2, *streams):
            os.close(descriptor)
        os.write(told, b"%d\n" % pid)
        os.write(told, b"%d\n" % os.waitpid(pid, 0)[1])
        os._exit(0)
    os.close(told)
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    signal.signal(signal.SIGINT, interrupt)
    strict, *sys.argv[1:] = json.loads(request)
    if strict:
        warnings.simplefilter("error")


@cache
def _forker() -> socket.socket:
    """The requests of a process that forks programs."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen([sys.executable, "-m", "tests.forked"], stdin=theirs, env=ENVIRONMENT)
    atexit.register(process.wait)
    atexit.register(ours.close)  # this is done first, and ends the process
    return ours


class Forked:
    """A forked program, to be used as a `subprocess.Popen` is, with all streams on pipes."""

    def __init__(self, module: str, *arguments: str, text: bool = False, strict: bool = False) -> None:
        """Start the module; `text` as for Popen, and if it is `strict`, a warning is an error."""
        theirs_in, stdin = os.pipe()
        stdout, theirs_out = os.pipe()
        stderr, theirs_err = os.pipe()
        told, teller = os.pipe()
        theirs = [theirs_in, theirs_out, theirs_err, teller]
        request = json.dumps([strict, module, *arguments]).encode()
        socket.send_fds(_forker(), [request], theirs)
        for descriptor in theirs:
            os.close(descriptor)
        how: dict[str, Any] = {"encoding": "utf-8"} if text else {"buffering": 0}
        self.stdin: IO[Any] = os.fdopen(stdin, "w" if text else "wb", **how)
        self.stdout: IO[Any] = os.fdopen(stdout, "r" if text else "rb", **how)
        self.stderr: IO[Any] = os.fdopen(stderr, "r" if text else "rb", **how)
        self.returncode: int | None = None
        self._nothing = "" if text else b""
        self._told = os.fdopen(told)
        self.pid = int(self._told.readline())
        self._waiting = threading.Lock()

    def wait(self) -> int:
        """Wait for the end; returns the exit status, or the negative number of a signal."""
        with self._waiting:
            if self.returncode is None:
                self.returncode = os.waitstatus_to_exitcode(int(self._told.readline()))
                self._told.close()
        return self.returncode

    def poll(self) -> int | None:
        """The exit status as from `wait`; None while it runs."""
        ended = self.returncode is not None or select.select([self._told], [], [], 0)[0]
        return self.wait() if ended else None

    def send_signal(self, number: int) -> None:
        """Send a signal to a program that has not been waited for."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it, if it still runs."""
        try:
            self.send_signal(signal.SIGKILL)
        except ProcessLookupError:
            pass

    def communicate(self) -> tuple[Any, Any]:
        """Close its standard input and wait for its end; returns what comes on stdout and stderr until then."""
        self.stdin.close()
        with ThreadPoolExecutor(1) as thread:
            complaints = thread.submit(self._rest, self.stderr)
            printed = self._rest(self.stdout)
        self.wait()
        return printed, complaints.result()

    def _rest(self, stream: IO[Any]) -> Any:
        return self._nothing if stream.closed else stream.read()

    def __enter__(self) -> "Forked":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            stream.close()
        self.wait()


if __name__ == "__main__":
    for name in IMPORTED:
        __import__(name)
    assert "twisted.internet.reactor" not in sys.modules
    gc.freeze()  # no program looks at these objects again, which would copy them
    fork_for_ever()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
