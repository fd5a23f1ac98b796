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
from harness.errors import LabError
from harness.paths import POEMS, ROOT
from harness.servers import Servers
from slowpoetry.schedule import even_schedule
from slowpoetry.server.playbill import Part, Playbill, format_playbill

SECONDS = 30.0  # generous: what is awaited takes milliseconds
MOST = 1 << 20  # bytes that are read of a poem; all are far smaller
POLL = 0.01
HOST = "127.0.0.1"
ROLE = "service"  # of the processes that are started here: see `owner`

Record = dict[str, Any]


class _Failed(Exception):
    """A trial could not be carried out; the message, one line, says why."""


def _environment() -> dict[str, str]:
    return environment(owner.this_owner(), ROLE)


def _last_line(text: str) -> str:
    """Where programs, and tracebacks, say what is wrong."""
    return (text.strip().splitlines() or ["nothing"])[-1].strip()


def _until(true: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + SECONDS
    while not (value := true()):
        if time.monotonic() > deadline:
            raise _Failed(f"waited {SECONDS:.0f} s in vain: {what}")
        time.sleep(POLL)
    return value


@contextmanager
def _program(module: str, *arguments: object, says: str, log: Path) -> Iterator[str]:
    """A Python program of the lab's while the block runs, its output in `log`; gives the group that `says` finds."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=_environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    try:

        def found() -> re.Match[str] | None:
            ended = process.poll() is not None  # asked first: what it has said by then is all it says
            said = log.read_text(errors="replace")
            match = re.search(says, said)
            if match is None and ended:
                raise _Failed(f"{module} ended with status {process.returncode}: {_last_line(said)}")
            return match

        yield str(_until(found, f"{module} says that it is ready")[1])
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS)
        process.kill()
        process.wait()


@contextmanager
def _slow_server(folder: Path, poem: Path, num_bytes: int, delay: float) -> Iterator[tuple[int, Path]]:
    """The lab's own slow server with one poem; gives its port and its send log, which is complete after the block."""
    schedule = even_schedule(poem.stat().st_size, num_bytes=num_bytes, delay=delay)
    playbill, log = folder / "upstream.playbill", folder / "send-log.ndjson"
    playbill.write_text(format_playbill(Playbill(HOST, (Part(0, poem, schedule),))), "utf-8")
    program = server_program.discover()[server_program.REFERENCE]
    with Servers(LocalConversation(program, owner.this_owner()), program.name) as servers:
        [port] = servers.open(playbill, log)
        try:
            yield port, log
        finally:
            servers.close()


def _proxy(folder: Path, upstream: int) -> contextlib.AbstractContextManager[str]:
    """The caching proxy in front of this port; gives its own."""
    says = rf"Proxying {HOST}:{upstream} on {HOST}:(\d+)\."
    return _program("slowpoetry.proxy", "--upstream", f"{HOST}:{upstream}", says=says, log=folder / "proxy.log")


def _logged(log: Path) -> list[Record]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines(keepends=True) if line.endswith("\n")]


def _read_all(port: int) -> bytes:
    """What a server sends until it closes; TimeoutError where that takes too long, _Failed where it is too much."""
    data, deadline = b"", time.monotonic() + SECONDS
    with socket.create_connection((HOST, port), timeout=SECONDS) as connection:
        while piece := connection.recv(1 << 16):
            data += piece
            if len(data) > MOST or time.monotonic() > deadline:
                raise _Failed(f"port {port} sent {len(data)} bytes and did not end")
    return data


def proxy_hang_up(folder: Path) -> Record:
    """A client of the proxy hangs up while the slow server is still sending to the proxy (seed part 19)."""
    poem = POEMS / "science.txt"
    with _slow_server(folder, poem, 10, 0.05) as (port, log), _proxy(folder, port) as proxy:
        with socket.create_connection((HOST, int(proxy)), timeout=SECONDS):
            _until(lambda: sum(e["act"] == "send" for e in _logged(log)) >= 5, "the slow server sends")
            hung_up = time.monotonic()
        _until(lambda: any(e["act"] in ("hang-up", "close") for e in _logged(log)), "the download ends")
    return {"hung_up": hung_up, "poem_bytes": poem.stat().st_size, "send_log": _logged(log)}


def proxy_cache(folder: Path) -> Record:
    """Two clients of the proxy, one after the other (seed part 19)."""
    poem = POEMS / "science.txt"
    fetches = []
    with _slow_server(folder, poem, 50, 0.1) as (port, log), _proxy(folder, port) as proxy:
        for _ in range(2):
            began = time.monotonic()
            exact = _read_all(int(proxy)) == poem.read_bytes()
            fetches.append({"exact": exact, "seconds": time.monotonic() - began})
    return {"fetches": fetches, "accepts": sum(entry["act"] == "accept" for entry in _logged(log))}


def twistd_lifecycle(folder: Path) -> Record:
    """The fast server as a daemon, stopped once by kill and once by SIGINT (seed part 16)."""
    record = {}
    for how in (signal.SIGTERM, signal.SIGINT):
        with _no_daemon_left():
            record[how.name] = _daemon(folder / how.name, how)
    return record


@contextmanager
def _no_daemon_left() -> Iterator[None]:
    # A daemon leaves its starter at once: it is found by its marks, whether it has written its pid file or not.
    try:
        yield
    finally:
        for pid in _services():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _services() -> list[int]:
    return [pid for pid, theirs, role in owner.labelled() if (theirs, role) == (owner.this_owner(), ROLE)]


def _daemon(folder: Path, how: signal.Signals) -> Record:
    folder.mkdir()
    pid_file, log, poem = folder / "twistd.pid", folder / "twistd.log", POEMS / "fascination.txt"
    command = [str(Path(sys.executable).with_name("twistd")), "--pidfile", str(pid_file), "--logfile", str(log)]
    command += ["fastpoetry", "--port", "0", "--poem", str(poem)]
    done = subprocess.run(command, cwd=ROOT, env=_environment(), capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        raise _Failed(f"twistd ended with status {done.returncode}: {_last_line(done.stdout + done.stderr)}")
    pid = _until(_services, "twistd's daemon runs")[0]
    process = os.pidfd_open(pid)
    try:
        port = _until(lambda: re.search(r"starting on (\d+)", log.read_text()), "the log names the port")[1]
        exact = _read_all(int(port)) == poem.read_bytes()
        running = _pid_in(pid_file)
        signal.pidfd_send_signal(process, how)
        ended = bool(select.select([process], [], [], SECONDS)[0])
    finally:
        os.close(process)
    text = log.read_text()
    return {
        "pid": pid,
        "pid_file_while_running": running,
        "served": exact,
        "logged_request": "Sending" in text,
        "ended": ended,
        "pid_file_after": _pid_in(pid_file),
        "last_log_line": _last_line(text).split("] ")[-1],
        "traceback": "Traceback" in text,
    }


def _pid_in(pid_file: Path) -> str | None:
    return pid_file.read_text().strip() if pid_file.exists() else None


def inline_fallback(folder: Path) -> Record:
    """Client 7.0 with a transform server, and with none (seed part 17)."""
    poem = POEMS / "science.txt"
    serving = rf"Serving .* on {HOST}:(\d+)\."
    with _slow_server(folder, poem, 200, 0.02) as (port, _), socket.socket() as held:
        held.bind((HOST, 0))  # held and not listening: connections are refused
        without = _client(held.getsockname()[1], port)
        with _program("slowpoetry.transform", says=serving, log=folder / "transform.log") as transform:
            with_server = _client(int(transform), port)
    text = poem.read_text("utf-8")
    return {"poem": text, "transformed": text.lower(), "with_server": with_server, "without_server": without}


def _client(*ports: int) -> Record:
    command = [sys.executable, "-m", "slowpoetry.transform.inlinecallbacks", *map(str, ports)]
    done = subprocess.run(command, cwd=ROOT, env=_environment(), capture_output=True, timeout=SECONDS)
    stdout, stderr = (stream.decode(errors="replace") for stream in (done.stdout, done.stderr))
    return {"status": done.returncode, "stdout": stdout, "stderr": stderr}


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
    except subprocess.TimeoutExpired as error:
        record = {"error": f"{Path(error.cmd[0]).name} did not end within {error.timeout:.0f} s"}
    except (_Failed, LabError, OSError) as error:
        record = {"error": " ".join(str(error).split())}
    (folder / "record.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
