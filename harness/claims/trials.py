"""Services put on trial: each is started, used and stopped as a person would, and what was seen is a JSON record.

Times are monotonic seconds.  A trial that cannot be carried out records ``{"error": why}`` instead.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness import owner, server_program
from harness.backend.child import environment
from harness.backend.conversation import LocalConversation
from harness.paths import POEMS, ROOT
from harness.servers import Servers
from slowpoetry.schedule import even_schedule
from slowpoetry.server.playbill import Part, Playbill, format_playbill

SECONDS = 30.0  # generous: what is awaited takes milliseconds
POLL = 0.01
HOST = "127.0.0.1"

Record = dict[str, Any]


class _Failed(Exception):
    """A trial could not be carried out; the message says why."""


def _environment() -> dict[str, str]:
    return environment(owner.this_owner(), "servers")


@contextmanager
def _program(pattern: str, *arguments: object) -> Iterator[str]:
    """A Python program of the lab's while the block runs; gives what the pattern's group finds in its output."""
    process = subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield _said(process, pattern)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS)
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _said(process: subprocess.Popen[bytes], pattern: str) -> str:
    assert process.stdout is not None
    said, deadline = b"", time.monotonic() + SECONDS
    while not (found := re.search(pattern, said.decode(errors="replace"))):
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
        data = os.read(process.stdout.fileno(), 1 << 16) if ready else b""
        if not data:
            raise _Failed(f"{process.args!r} did not say {pattern!r} but {said.decode(errors='replace')!r}")
        said += data
    return found[1]


@contextmanager
def _slow_server(folder: Path, poem: str, num_bytes: int, delay: float) -> Iterator[tuple[int, Path]]:
    """The lab's own slow server with one poem; gives its port and its send log, which is complete after the block."""
    text = (POEMS / f"{poem}.txt").read_bytes()
    schedule = even_schedule(len(text), num_bytes=num_bytes, delay=delay)
    playbill, log = folder / "upstream.playbill", folder / "send-log.ndjson"
    playbill.write_text(format_playbill(Playbill(HOST, (Part(0, POEMS / f"{poem}.txt", schedule),))), "utf-8")
    program = server_program.discover()[server_program.REFERENCE]
    with Servers(LocalConversation(program, owner.this_owner()), program.name) as servers:
        [port] = servers.open(playbill, log)
        try:
            yield port, log
        finally:
            servers.close()


def _logged(log: Path) -> list[Record]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines(keepends=True) if line.endswith("\n")]


def _until(true: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + SECONDS
    while not (value := true()):
        if time.monotonic() > deadline:
            raise _Failed(f"waited {SECONDS:.0f} s in vain: {what}")
        time.sleep(POLL)
    return value


def _read_all(port: int) -> bytes:
    with socket.create_connection((HOST, port), timeout=SECONDS) as connection:
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def proxy_hang_up(folder: Path) -> Record:
    """A client of the proxy hangs up while the slow server is still sending to the proxy (seed part 19)."""
    with _slow_server(folder, "science", 10, 0.05) as (port, log), _proxy(port) as proxy:
        with socket.create_connection((HOST, proxy), timeout=SECONDS):
            _until(lambda: sum(e["act"] == "send" for e in _logged(log)) >= 5, "the slow server sends")
            hung_up = time.monotonic()
        _until(lambda: any(e["act"] in ("hang-up", "close") for e in _logged(log)), "the download ends")
    return {"hung_up": hung_up, "poem_bytes": len((POEMS / "science.txt").read_bytes()), "send_log": _logged(log)}


def _proxy(upstream: int) -> Any:
    said = rf"Proxying {HOST}:{upstream} on {HOST}:(\d+)\."

    @contextmanager
    def started() -> Iterator[int]:
        with _program(said, "-m", "slowpoetry.proxy", "--upstream", f"{HOST}:{upstream}") as port:
            yield int(port)

    return started()


def proxy_cache(folder: Path) -> Record:
    """Two clients of the proxy, one after the other (seed part 19)."""
    poem = (POEMS / "science.txt").read_bytes()
    fetches = []
    with _slow_server(folder, "science", 50, 0.05) as (port, log), _proxy(port) as proxy:
        for _ in range(2):
            began = time.monotonic()
            exact = _read_all(proxy) == poem
            fetches.append({"exact": exact, "seconds": time.monotonic() - began})
    return {"fetches": fetches, "accepts": sum(entry["act"] == "accept" for entry in _logged(log))}


def twistd_lifecycle(folder: Path) -> Record:
    """The fast server as a daemon, stopped once by kill and once by SIGINT (seed part 16)."""
    return {how.name: _daemon(folder / how.name, how) for how in (signal.SIGTERM, signal.SIGINT)}


def _daemon(folder: Path, how: signal.Signals) -> Record:
    folder.mkdir()
    pid_file, log = folder / "twistd.pid", folder / "twistd.log"
    poem = POEMS / "fascination.txt"
    command = [str(Path(sys.executable).with_name("twistd")), "--pidfile", str(pid_file), "--logfile", str(log)]
    command += ["fastpoetry", "--port", "0", "--poem", str(poem)]
    done = subprocess.run(command, cwd=ROOT, env=_environment(), capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        raise _Failed(f"twistd ended with status {done.returncode}: {done.stdout}{done.stderr}")
    pid = int(_until(lambda: pid_file.exists() and pid_file.read_text(), "a pid file"))
    process = os.pidfd_open(pid)
    try:
        running = pid_file.exists()
        port = _until(lambda: re.search(r"starting on (\d+)", log.read_text()), "the log names the port")[1]
        exact = _read_all(int(port)) == poem.read_bytes()
        os.kill(pid, how)
        ended = bool(select.select([process], [], [], SECONDS)[0])
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.close(process)
    text = log.read_text()
    return {
        "pid_file_while_running": running,
        "served": exact,
        "logged_request": "Sending" in text,
        "ended": ended,
        "pid_file_after": pid_file.exists(),
        "last_log_line": text.rstrip().splitlines()[-1].split("] ")[-1],
        "traceback": "Traceback" in text,
    }


def inline_fallback(folder: Path) -> Record:
    """Client 7.0 with a transform server, and with none (seed part 17)."""
    poem = (POEMS / "science.txt").read_bytes()
    client = "slowpoetry.transform.inlinecallbacks"
    with _slow_server(folder, "science", 200, 0.02) as (port, _), socket.socket() as held:
        held.bind((HOST, 0))  # held and not listening: connections are refused
        refused = _client(client, poem + b"\n", held.getsockname()[1], port)
        serving = rf"Serving .* on {HOST}:(\d+)\."
        with _program(serving, "-m", "slowpoetry.transform") as transform:
            transformed = _client(client, poem.lower() + b"\n", int(transform), port)
    return {"transformed": transformed, "refused": refused}


def _client(module: str, due: bytes, *ports: int) -> Record:
    command = [sys.executable, "-m", module, *map(str, ports)]
    done = subprocess.run(command, cwd=ROOT, env=_environment(), capture_output=True, timeout=SECONDS)
    return {"status": done.returncode, "as_due": done.stdout == due, "stderr": done.stderr.decode(errors="replace")}


def trial_waits(folder: Path) -> Record:
    """A test whose steps are Deferreds that fire after a while, run by trial (seed part 15)."""
    subject = ROOT / "python" / "tests" / "trial_waits.py"
    command = [sys.executable, "-m", "twisted.trial", str(subject)]
    with tempfile.TemporaryDirectory(prefix="slow-poetry-lab-") as scratch:
        done = subprocess.run(
            command, cwd=scratch, env=_environment(), capture_output=True, text=True, timeout=2 * SECONDS
        )
    marks = [line.split(": ", 1)[1] for line in done.stdout.splitlines() if line.startswith("trial-waits: ")]
    return {"status": done.returncode, "marks": marks}


TRIALS: dict[str, Callable[[Path], Record]] = {
    "proxy-hang-up": proxy_hang_up,
    "proxy-cache": proxy_cache,
    "twistd-lifecycle": twistd_lifecycle,
    "inline-fallback": inline_fallback,
    "trial-waits": trial_waits,
}


def carry_out(name: str, folder: Path) -> None:
    """Carry out one trial; its record stands in `folder` afterwards."""
    folder.mkdir(parents=True)
    try:
        record = TRIALS[name](folder)
    except (_Failed, OSError, subprocess.TimeoutExpired) as error:
        record = {"error": " ".join(str(error).split())}
    (folder / "record.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
