"""Trials of services: each service is started, used and stopped as a person would do it, and a JSON record is made.

Times are monotonic seconds.  If a trial cannot be carried out, its record is ``{"error": why}``.
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
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.claims.programs import (
    HOST,
    SECONDS,
    TrialFailed,
    last_line,
    logged,
    marked_environment,
    no_daemon_left,
    program,
    read_all,
    services,
    slow_server,
    until,
)
from harness.errors import LabError
from harness.paths import POEMS, ROOT

Record = dict[str, Any]


def _proxy(folder: Path, upstream: int) -> contextlib.AbstractContextManager[str]:
    """Run the caching proxy in front of this port; yields the proxy's own port."""
    says = rf"Proxying {HOST}:{upstream} on {HOST}:(\d+)\."
    return program("slowpoetry.proxy", "--upstream", f"{HOST}:{upstream}", says=says, log=folder / "proxy.log")


def proxy_hang_up(folder: Path) -> Record:
    """A client of the proxy hangs up while the slow server is still sending to the proxy (seed part 19)."""
    poem = POEMS / "science.txt"
    with slow_server(folder, poem, 10, 0.05) as (port, log), _proxy(folder, port) as proxy:
        with socket.create_connection((HOST, int(proxy)), timeout=SECONDS):
            until(lambda: sum(e["act"] == "send" for e in logged(log)) >= 5, "the slow server sends")
            hung_up = time.monotonic()
        until(lambda: any(e["act"] in ("hang-up", "close") for e in logged(log)), "the download has ended")
    return {"hung_up": hung_up, "poem_bytes": poem.stat().st_size, "send_log": logged(log)}


def proxy_cache(folder: Path) -> Record:
    """Two clients of the proxy, one after the other (seed part 19)."""
    poem = POEMS / "science.txt"
    fetches = []
    with slow_server(folder, poem, 50, 0.1) as (port, log), _proxy(folder, port) as proxy:
        for _ in range(2):
            began = time.monotonic()
            exact = read_all(int(proxy)) == poem.read_bytes()
            fetches.append({"exact": exact, "seconds": time.monotonic() - began})
    return {"fetches": fetches, "accepts": sum(entry["act"] == "accept" for entry in logged(log))}


def twistd_lifecycle(folder: Path) -> Record:
    """The fast server as a daemon, stopped once by kill and once by SIGINT (seed part 16)."""
    record = {}
    for how in (signal.SIGTERM, signal.SIGINT):
        with no_daemon_left():
            record[how.name] = _daemon(folder / how.name, how)
    return record


def _daemon(folder: Path, how: signal.Signals) -> Record:
    folder.mkdir()
    pid_file, log, poem = folder / "twistd.pid", folder / "twistd.log", POEMS / "fascination.txt"
    command = [str(Path(sys.executable).with_name("twistd")), "--pidfile", str(pid_file), "--logfile", str(log)]
    command += ["fastpoetry", "--port", "0", "--poem", str(poem)]
    done = subprocess.run(command, cwd=ROOT, env=marked_environment(), capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        raise TrialFailed(f"twistd ended with status {done.returncode}: {last_line(done.stdout + done.stderr)}")
    # The intermediate process of the double fork may still exist for a moment.
    [pid] = until(lambda: found if len(found := services()) == 1 else None, "twistd's daemon runs")
    process = os.pidfd_open(pid)
    try:
        port = until(lambda: re.search(r"starting on (\d+)", log.read_text()), "the log names the port")[1]
        exact = read_all(int(port)) == poem.read_bytes()
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
        "last_log_line": last_line(text).split("] ")[-1],
        "traceback": "Traceback" in text,
    }


def _pid_in(pid_file: Path) -> str | None:
    return pid_file.read_text().strip() if pid_file.exists() else None


def inline_fallback(folder: Path) -> Record:
    """The inlineCallbacks client with a transform server and without one (seed part 17)."""
    poem = POEMS / "science.txt"
    serving = rf"Serving .* on {HOST}:(\d+)\."
    with slow_server(folder, poem, 200, 0.02) as (port, _), socket.socket() as held:
        held.bind((HOST, 0))  # the port is taken but nothing listens, so connections are refused
        without = _client(held.getsockname()[1], port)
        with program("slowpoetry.transform", says=serving, log=folder / "transform.log") as transform:
            with_server = _client(int(transform), port)
    text = poem.read_text("utf-8")
    return {"poem": text, "transformed": text.lower(), "with_server": with_server, "without_server": without}


def _client(*ports: int) -> Record:
    command = [sys.executable, "-m", "slowpoetry.transform.inlinecallbacks", *map(str, ports)]
    done = subprocess.run(command, cwd=ROOT, env=marked_environment(), capture_output=True, timeout=SECONDS)
    stdout, stderr = (stream.decode(errors="replace") for stream in (done.stdout, done.stderr))
    return {"status": done.returncode, "stdout": stdout, "stderr": stderr}


def trial_waits(folder: Path) -> Record:
    """A test whose steps are Deferreds that fire after a while, run by trial (seed part 15)."""
    subject = ROOT / "python" / "tests" / "trial_waits.py"
    command = [sys.executable, "-m", "twisted.trial", str(subject)]
    with tempfile.TemporaryDirectory(prefix="slow-poetry-lab-") as scratch:
        done = subprocess.run(
            command, cwd=scratch, env=marked_environment(), capture_output=True, text=True, timeout=2 * SECONDS
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
    """Carry out one trial and write its record into `folder`."""
    folder.mkdir(parents=True)
    try:
        record = TRIALS[name](folder)
    except subprocess.TimeoutExpired as error:
        record = {"error": f"{Path(error.cmd[0]).name} did not end within {error.timeout:.0f} s"}
    except (TrialFailed, LabError, OSError) as error:
        record = {"error": " ".join(str(error).split())}
    (folder / "record.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
