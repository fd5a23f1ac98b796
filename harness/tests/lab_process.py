"""The lab as a user runs it: `./lab` as a process, and what it leaves on the machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forked_lab import ForkedLab, run_lab

from harness.backend import ownership
from harness.paths import ROOT

LAB = str(ROOT / "lab")
WRONG = ROOT / "harness" / "tests" / "wrong_clients"
SECONDS = 120  # generous: a compare of these tests takes one second if no image must be built
BUILD_SECONDS = 1200
# A high budget, because these tests must not depend on how late a loaded machine is.
QUICK = ("--pace", "0.3", "--late-budget", "500", "--no-install")


@dataclass(frozen=True)
class Ended:
    """A finished `./lab`."""

    status: int
    stdout: str
    stderr: str

    @property
    def run(self) -> dict[str, Any]:
        """The run.json on its standard output."""
        assert self.stdout, self.stderr
        run: dict[str, Any] = json.loads(self.stdout)
        return run

    @property
    def cell(self) -> dict[str, Any]:
        """The only cell of its run."""
        [cell] = self.run["cells"]
        return dict(cell)

    def refused(self, status: int, *words: str) -> None:
        """Assert that it ended with one line on standard error that holds these words."""
        assert (self.status, self.stdout) == (status, ""), self
        assert self.stderr.startswith("lab: ") and self.stderr.count("\n") == 1, self.stderr
        for word in words:
            assert word in self.stderr


def lab(
    *arguments: object, cwd: Path = ROOT, seconds: int = SECONDS, files: int | None = None, without: str = ""
) -> Ended:
    """Run `./lab` with these arguments to its end; `files` limits its open files.

    `without` names an environment variable that it does not get.
    """
    if files:
        return _run(["prlimit", f"--nofile={files}", LAB, *map(str, arguments)], cwd, seconds)
    environment = {name: value for name, value in os.environ.items() if name != without}
    with tempfile.TemporaryDirectory(prefix="slow-poetry-lab-") as name:
        stdout, stderr = Path(name) / "stdout", Path(name) / "stderr"
        status = run_lab(list(map(str, arguments)), cwd, environment, stdout, stderr, seconds)
        return Ended(status, stdout.read_text("utf-8"), stderr.read_text("utf-8"))


def lab_script(*arguments: object, cwd: Path = ROOT) -> Ended:
    """Run the script `./lab` itself to its end."""
    return _run([LAB, *map(str, arguments)], cwd, SECONDS)


def _run(command: Sequence[str], cwd: Path, seconds: int) -> Ended:
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds)
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def compare(out: Path, *arguments: object, backend: str = "local", client: str = "honest") -> Ended:
    """Run `./lab compare` quickly with one of the wrong clients; its run folder is in `out`."""
    seconds = BUILD_SECONDS if backend == "docker" else SECONDS
    folder = ("--client", WRONG / client)
    quick = QUICK[2:] if "--pace" in arguments else QUICK
    words = ("compare", *folder, "--backend", backend, "--out", out, "--json", *quick, *arguments)
    return unstarved(lambda: lab(*words, seconds=seconds))


def unstarved(run: Callable[[], Ended]) -> Ended:
    """Run it again, four times at most, if the lab says that a client got no processor.

    Tests that run side by side keep the machine busy, and then the lab does not blame a client for what is late.
    """
    for _ in range(4):
        ended = run()
        if "got no processor" not in ended.stdout + ended.stderr:
            break
    return ended


Running = subprocess.Popen[str] | ForkedLab


def lab_running(*arguments: object, cwd: Path = ROOT) -> ForkedLab:
    """A running `./lab`; it ends with the block."""
    return ForkedLab(list(map(str, arguments)), cwd, os.environ)


@contextmanager
def lab_script_running(*arguments: object, cwd: Path = ROOT) -> Iterator[subprocess.Popen[str]]:
    """A running script `./lab`; it ends with the block."""
    command = [LAB, *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


def eventually(true: Callable[[], Any], what: str, seconds: float = SECONDS) -> None:
    """Wait until `true` holds; fail if it never does."""
    deadline, spent = time.monotonic() + seconds, time.thread_time()
    while not true():
        assert time.monotonic() < deadline, f"never: {what}"
        # A look at all processes is dear, and whoever is waited for needs the processor, too.
        time.sleep(max(0.005, 5 * (time.thread_time() - spent)))
        spent = time.thread_time()


def of_lab(pid: int) -> Callable[[str], bool]:
    """A function: whether an owner's label belongs to the lab with this process id."""
    return lambda label: label.split("/")[2:3] == [str(pid)]


def processes_of(pid: int, role: str = "") -> list[int]:
    """The processes that the lab with this process id has started; with `role`, only those of this role."""
    mine = of_lab(pid)
    return [found for found, label, theirs in ownership.labelled() if mine(label) and role in ("", theirs)]


def things_of(engine: Any, pid: int) -> list[str]:
    """The containers that the lab with this process id has made."""
    mine, key = of_lab(pid), ownership.LABEL
    containers = engine.containers.list(all=True, filters={"label": key}, ignore_removed=True)
    return [c.name for c in containers if mine(c.labels[key])]


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not yet reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
