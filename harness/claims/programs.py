"""Programs of the lab that a trial starts, waits for, reads from and ends; no program outlives its block.

They run on this machine, on loopback, and carry the marks of `ownership`; their output is kept in files.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.backend import ownership
from harness.backend.child_process import environment
from harness.backend.local import LocalBackend
from harness.paths import ROOT
from harness.run.servers import Servers
from harness.spec import server_program
from slowpoetry.schedule import even_schedule
from slowpoetry.server.playbill import Part, Playbill, format_playbill

SECONDS = 30.0  # to wait for something that takes milliseconds
MOST = 1 << 20  # bytes that are read of a poem; every poem is far smaller
POLL = 0.01  # seconds between two checks
HOST = "127.0.0.1"
ROLE = "service"  # of the processes that are started here: see `ownership`


class TrialFailed(Exception):
    """A trial could not be carried out; the message says why, in one line."""


def marked_environment() -> dict[str, str]:
    """A program's environment, with the marks by which this lab or a later one finds the program."""
    return environment(ownership.this_owner(), ROLE)


def last_line(text: str) -> str:
    """The last line of an output or a traceback, which usually says what is wrong; `nothing` if there is no line."""
    return (text.strip().splitlines() or ["nothing"])[-1].strip()


def until(true: Callable[[], Any], what: str) -> Any:
    """Wait until the function returns something true, and return that; TrialFailed after `SECONDS`."""
    deadline = time.monotonic() + SECONDS
    while not (value := true()):
        if time.monotonic() > deadline:
            raise TrialFailed(f"timed out after {SECONDS:.0f} s: waited until {what}")
        time.sleep(POLL)
    return value


@contextmanager
def program(module: str, *arguments: object, says: str, log: Path) -> Iterator[str]:
    """Run a Python program of the lab while the block runs, with its output in `log`.

    Yields the first group of the pattern `says`, once the output matches it; TrialFailed if it does not.
    """
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=marked_environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    try:

        def found() -> re.Match[str] | None:
            ended = process.poll() is not None  # before the log is read: once it has ended, the log is complete
            said = log.read_text(errors="replace")
            match = re.search(says, said)
            if match is None and ended:
                raise TrialFailed(f"{module} ended with status {process.returncode}: {last_line(said)}")
            return match

        yield str(until(found, f"{module} says that it is ready")[1])
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS)
        process.kill()
        process.wait()


@contextmanager
def slow_server(folder: Path, poem: Path, num_bytes: int, delay: float) -> Iterator[tuple[int, Path]]:
    """Run the lab's slow server with one poem while the block runs.

    Yields its port and its send log, which is complete after the block.
    """
    schedule = even_schedule(poem.stat().st_size, num_bytes=num_bytes, delay=delay)
    playbill, log = folder / "upstream.playbill", folder / "send-log.ndjson"
    playbill.write_text(format_playbill(Playbill(HOST, (Part(0, poem, schedule),))), "utf-8")
    reference = server_program.discover()[server_program.REFERENCE]
    with Servers(LocalBackend(ownership.this_owner()).pod(reference, folder), reference.name) as servers:
        [port] = servers.open(playbill, log, 1)
        try:
            yield port, log
        finally:
            servers.close()


def logged(log: Path) -> list[dict[str, Any]]:
    """The complete lines of a send log so far."""
    return [json.loads(line) for line in log.read_text("utf-8").splitlines(keepends=True) if line.endswith("\n")]


def read_all(port: int) -> bytes:
    """All bytes that a server sends until it closes.

    TimeoutError if a read takes longer than `SECONDS`; TrialFailed if the server sends longer than that, or too much.
    """
    data, deadline = b"", time.monotonic() + SECONDS
    with socket.create_connection((HOST, port), timeout=SECONDS) as connection:
        while piece := connection.recv(1 << 16):
            data += piece
            if len(data) > MOST or time.monotonic() > deadline:
                raise TrialFailed(f"port {port} sent {len(data)} bytes and did not end")
    return data


@contextmanager
def no_daemon_left() -> Iterator[None]:
    """A block after which no process of a trial is left, however the block ends."""
    # A daemon detaches from its parent at once. Its marks identify it even if it has not written its pid file yet.
    try:
        yield
    finally:
        for pid in services():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def services() -> list[int]:
    """The ids of the processes of this lab's trials, including daemons."""
    return [pid for pid, theirs, role in ownership.labelled() if (theirs, role) == (ownership.this_owner(), ROLE)]
