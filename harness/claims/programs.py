"""Programs of the lab's that a trial starts, awaits, reads from and ends: none outlives its block.

They run on this machine, on loopback, and carry the marks of `owner`; what they say is kept in files.
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
from harness.backend.server_process import LocalServerProcess
from harness.paths import ROOT
from harness.run.servers import Servers
from harness.spec import server_program
from slowpoetry.schedule import even_schedule
from slowpoetry.server.playbill import Part, Playbill, format_playbill

SECONDS = 30.0  # generous: what is awaited takes milliseconds
MOST = 1 << 20  # bytes that are read of a poem; all are far smaller
POLL = 0.01
HOST = "127.0.0.1"
ROLE = "service"  # of the processes that are started here: see `owner`


class TrialFailed(Exception):
    """A trial could not be carried out; the message, one line, says why."""


def marked_environment() -> dict[str, str]:
    """A program's environment, with the marks by which it is found again, also by a later lab."""
    return environment(ownership.this_owner(), ROLE)


def last_line(text: str) -> str:
    """Where programs, and tracebacks, say what is wrong."""
    return (text.strip().splitlines() or ["nothing"])[-1].strip()


def until(true: Callable[[], Any], what: str) -> Any:
    """Wait for something to be true, and give it; TrialFailed where it never is."""
    deadline = time.monotonic() + SECONDS
    while not (value := true()):
        if time.monotonic() > deadline:
            raise TrialFailed(f"waited {SECONDS:.0f} s in vain: {what}")
        time.sleep(POLL)
    return value


@contextmanager
def program(module: str, *arguments: object, says: str, log: Path) -> Iterator[str]:
    """A Python program of the lab's while the block runs, its output in `log`; gives the group that `says` finds."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=marked_environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    try:

        def found() -> re.Match[str] | None:
            ended = process.poll() is not None  # asked first: what it has said by then is all it says
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
    """The lab's own slow server with one poem; gives its port and its send log, which is complete after the block."""
    schedule = even_schedule(poem.stat().st_size, num_bytes=num_bytes, delay=delay)
    playbill, log = folder / "upstream.playbill", folder / "send-log.ndjson"
    playbill.write_text(format_playbill(Playbill(HOST, (Part(0, poem, schedule),))), "utf-8")
    reference = server_program.discover()[server_program.REFERENCE]
    with Servers(LocalServerProcess(reference, ownership.this_owner()), reference.name) as servers:
        [port] = servers.open(playbill, log, 1)
        try:
            yield port, log
        finally:
            servers.close()


def logged(log: Path) -> list[dict[str, Any]]:
    """The whole lines of a send log so far."""
    return [json.loads(line) for line in log.read_text("utf-8").splitlines(keepends=True) if line.endswith("\n")]


def read_all(port: int) -> bytes:
    """What a server sends until it closes; TimeoutError where that takes too long, TrialFailed where it is too much."""
    data, deadline = b"", time.monotonic() + SECONDS
    with socket.create_connection((HOST, port), timeout=SECONDS) as connection:
        while piece := connection.recv(1 << 16):
            data += piece
            if len(data) > MOST or time.monotonic() > deadline:
                raise TrialFailed(f"port {port} sent {len(data)} bytes and did not end")
    return data


@contextmanager
def no_daemon_left() -> Iterator[None]:
    """A block after which no process of a trial is left, however it ends."""
    # A daemon leaves its starter at once: it is found by its marks, whether it has written its pid file or not.
    try:
        yield
    finally:
        for pid in services():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def services() -> list[int]:
    """The processes of this lab's trials, daemons among them."""
    return [pid for pid, theirs, role in ownership.labelled() if (theirs, role) == (ownership.this_owner(), ROLE)]
