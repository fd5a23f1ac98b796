"""Cells on the workers of a Dask cluster: a real scheduler and real workers, on this machine's loopback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from forked_lab import ForkedLab
from lab_process import BUILD_SECONDS, SECONDS, WRONG, Ended, eventually, lab, lab_running, processes_of

from harness.paths import ROOT

LATE = ("--late-budget", "5000", "--no-install", "--pace", "0.3")
NAMES = ("honest", "drops-byte", "swallows-reset")  # starvation excuses none of their failures
CLIENTS = [word for name in NAMES for word in ("--client", WRONG / name)]

Place = tuple[str, str, str, int]


@contextmanager
def running(folder: Path, *command: str) -> Iterator[int]:
    """The process id of a program of Dask; it ends with the block.

    It runs outside the checkout, so it cannot import the lab.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with subprocess.Popen(
        [sys.executable, "-m", *command], cwd=folder, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            yield process.pid
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def scheduler(dask: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler."""
    with scheduling(tmp_path_factory.mktemp("scheduler")) as (address, _):
        yield address


@contextmanager
def scheduling(folder: Path) -> Iterator[tuple[str, int]]:
    """The address of a scheduler, and its process id."""
    file = folder / "scheduler.json"
    words = ("--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0", "--scheduler-file", str(file))
    with running(folder, "distributed.cli.dask_scheduler", *words) as pid:
        eventually(file.exists, "the scheduler has started")
        eventually(lambda: file.read_text().rstrip().endswith("}"), "the scheduler has written its address")
        yield json.loads(file.read_text())["address"], pid


@contextmanager
def workers(address: str, count: int, path: str | None = None, program: str | None = None) -> Iterator[int]:
    """The process id of a `./lab worker` that is ready; `path` is its PATH, `program` the script if it is started."""
    words = ["worker", address, "--jobs", str(count), "--backend", "local", "--no-install"]
    environment = {**os.environ, **({"PATH": path} if path else {})}
    with started([program, *words], environment) if program else ForkedLab(words, ROOT, environment) as host:
        assert host.stderr
        told: list[str] = []
        for line in host.stderr:
            told.append(line)
            if line.startswith(f"{count} worker"):
                break
        else:
            pytest.fail(f"the worker has not started: {told}")
        # Else it would block as soon as the pipe is full.
        reader = threading.Thread(target=host.stderr.read, daemon=True)
        reader.start()
        try:
            yield host.pid
        finally:
            host.send_signal(signal.SIGTERM)
            host.wait(BUILD_SECONDS)
            reader.join()


def started(words: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)


@pytest.fixture
def bare(tmp_path: Path) -> str:
    """A PATH with what the script `./lab` needs, and no toolchain but Python's."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "dirname", "cmp", "flock", "git", "id", "uname"):
        (programs / name).symlink_to(str(shutil.which(name)))
    return str(programs)


@pytest.fixture(scope="module")
def cluster(scheduler: str) -> Iterator[tuple[str, int]]:
    """The address of a scheduler with two workers, and the process id of their `./lab worker`."""
    with workers(scheduler, 2) as pid:
        yield scheduler, pid


def told(run: dict[str, Any]) -> dict[Place, tuple[Any, ...]]:
    places = [(c["server"], c["scenario"], c["client"], c["round"]) for c in run["cells"]]
    assert len(set(places)) == len(places)
    outcomes = [(c["verdict"], c["expected"], c["reason"]["code"], timeless(c["axes"])) for c in run["cells"]]
    return dict(zip(places, outcomes, strict=True))


def timeless(axes: dict[str, list[str]]) -> dict[str, list[str] | None]:
    """The axes that do not depend on when a client prints: on a busy machine it shows less of its character."""
    return {name: axes.get(name) for name in ("bytes", "connects", "truncation", "failures", "progress", "exit")}


def worker_processes(pid: int) -> list[int]:
    """The processes that run cells for this `./lab worker`: all that its process for forks has made."""
    return [one for helper in children(pid) if b"forkserver" in command_line(helper) for one in children(helper)]


def children(pid: int) -> list[int]:
    return [int(one) for task in Path(f"/proc/{pid}/task").glob("*/children") for one in read(task).split()]


def command_line(pid: int) -> bytes:
    return read(Path(f"/proc/{pid}/cmdline"))


def read(path: Path) -> bytes:
    """What a file of /proc holds; nothing if its process has ended."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


# These two need a scheduler without other workers, so they come before the workers of `cluster` start.
def test_workers_that_do_not_fit_are_refused(scheduler: str, bare: str, tmp_path: Path) -> None:
    address = scheduler
    other = tmp_path / "other"
    shutil.copytree(
        ROOT,
        other,
        symlinks=True,
        # The last one: erlc writes such a file, and renames it, while the tests in Erlang are compiled beside this one.
        ignore=shutil.ignore_patterns(".git", ".venv", "runs", "docs", "tests", "node_modules", "*.bea#"),
    )
    (other / ".venv").symlink_to(ROOT / ".venv")
    (other / "poems" / "automne.txt").write_text("changed\n")
    chosen = (*CLIENTS[:2], "--scenarios", "burst", *LATE, "--out", tmp_path / "runs")
    with ExitStack() as stack:
        ended = lab("compare", *chosen, "--cluster", address)
        ended.refused(4, f"no worker at {address} can run this compare", f"./lab worker {address}")
        stack.enter_context(running(tmp_path, "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny"))
        # With a toolchain it would first build all programs of the copy.
        stack.enter_context(workers(address, 1, path=bare, program=str(other / "lab")))

        def refusals() -> Ended:
            return lab("compare", *chosen, "--cluster", address)

        eventually(lambda: "it was not started by ./lab worker" in refusals().stderr, "Dask's own worker is refused")
        ended = refusals()
        assert ended.status == 4
        assert "is refused: its checkout on" in ended.stderr
        assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").iterdir())
        stack.enter_context(workers(address, 1))
        ended = refusals()
        assert ended.status == 0, ended.stderr
        assert "is refused: its checkout on" in ended.stderr


def test_cells_go_where_their_toolchain_is_and_are_skipped_by_name_where_there_is_none(
    scheduler: str, bare: str, tmp_path: Path
) -> None:
    chosen = ("--clients", "python-asyncio,haskell-lazy", "--scenarios", "burst", "--json", *LATE, "--out", tmp_path)
    with workers(scheduler, 1, path=bare):
        skipped = lab("compare", *chosen, "--cluster", scheduler).run["cells"]
        assert [(cell["client"], cell["verdict"]) for cell in skipped] == [
            ("python-asyncio", "pass"),
            ("haskell-lazy", "skipped"),
        ]
        assert "haskell toolchain is missing" in skipped[1]["reason"]["sentence"]
        if shutil.which("ghc") is None:
            pytest.skip("there is no Haskell here")
        with workers(scheduler, 1):
            cells = lab("compare", *chosen, "--cluster", scheduler, "--rounds", 2).run["cells"]
            assert [cell["verdict"] for cell in cells] == ["pass"] * 4


def test_a_run_on_a_cluster_is_as_on_one_machine(cluster: tuple[str, int], tmp_path: Path) -> None:
    chosen = (*CLIENTS, "--scenarios", "trio,reset", "--json", *LATE)
    ended = lab("compare", *chosen, "--cluster", cluster[0], "--out", tmp_path / "cluster")
    alone = lab("compare", *chosen, "--backend", "local", "--out", tmp_path / "alone")
    assert ended.status == alone.status == 1  # drops-byte is wrong
    assert told(ended.run) == told(alone.run)
    assert list(told(ended.run)) == list(told(alone.run))
    [folder] = (tmp_path / "cluster").iterdir()
    assert "as recorded" in lab("compare", "--replay", folder).stderr
    [machine] = ended.run["provenance"]["machines"]
    assert {cell["machine"] for cell in ended.run["cells"]} == {machine["name"]} == {socket.gethostname()}
    assert ended.run["provenance"]["jobs"] == 2
    assert "1 machine" in lab("compare", "--replay", folder).stdout
    assert sorted(line.partition("]")[0] for line in ended.stderr.splitlines() if line[0] == "[") == [
        f"[{number}/6" for number in range(1, 7)
    ]


def test_after_a_run_its_workers_have_nothing_of_it(cluster: tuple[str, int], tmp_path: Path) -> None:
    lab("compare", *CLIENTS[:2], "--scenarios", "burst", "--cluster", cluster[0], "--out", tmp_path, *LATE)
    # The caller does not wait for a worker that is slow to end its servers.
    eventually(
        lambda: not [found for pid in worker_processes(cluster[1]) for found in processes_of(pid)],
        "the workers have ended the servers of the run",
    )


def test_a_killed_worker_loses_its_cell_to_others(cluster: tuple[str, int], tmp_path: Path) -> None:
    address, host = cluster
    words = (*CLIENTS[:2], "--scenarios", "trio", "--rounds", "6", "--json", *LATE)
    with lab_running("compare", *words, "--cluster", address, "--out", tmp_path) as process:
        for _ in range(2):
            killed = kill_a_busy_worker(host)
        stdout, stderr = process.communicate(timeout=BUILD_SECONDS)
    assert process.returncode == 0, stderr
    outcomes = told(json.loads(stdout))
    assert [place[-1] for place in outcomes] == [1, 2, 3, 4, 5, 6]
    assert {outcome[0] for outcome in outcomes.values()} == {"pass"}
    assert "Traceback" not in stderr
    eventually(lambda: len(worker_processes(host)) == 2, "the killed workers are started again")
    eventually(lambda: not processes_of(killed), "what the last one has left is swept")


def test_a_cell_whose_workers_die_again_and_again_is_given_up(cluster: tuple[str, int], tmp_path: Path) -> None:
    address, host = cluster
    words = (*CLIENTS[:2], "--scenarios", "trio", "--json", *LATE[:3], "--pace", "2")
    with lab_running("compare", *words, "--cluster", address, "--out", tmp_path) as process:
        for _ in range(5):
            kill_a_busy_worker(host)
        stdout, stderr = process.communicate(timeout=BUILD_SECONDS)
    assert process.returncode == 4, stderr
    [outcome] = told(json.loads(stdout)).values()
    assert outcome[:3] == ("lab-error", False, "workers-lost")
    assert "5 workers in turn died or failed with it" in stderr
    eventually(lambda: len(worker_processes(host)) == 2, "the killed workers are started again")


def kill_a_busy_worker(host: int) -> int:
    """Kill a worker process that runs a client, as soon as there is one; returns its process id."""
    busy: list[int] = []

    def found() -> bool:
        busy[:] = [pid for pid in worker_processes(host) if processes_of(pid, "client")]
        return bool(busy)

    eventually(found, "a worker runs a client")
    os.kill(busy[0], signal.SIGKILL)
    eventually(lambda: busy[0] not in worker_processes(host), "the worker has ended")
    return busy[0]


def test_ctrl_c_ends_a_run_whose_scheduler_is_silent_and_keeps_what_is_finished(dask: None, tmp_path: Path) -> None:
    words = (*CLIENTS[:2], "--scenarios", "burst,trio", "--rounds", "20", *LATE)
    with (
        scheduling(tmp_path) as (address, scheduler),
        workers(address, 1),
        lab_running("compare", *words, "--cluster", address, "--out", tmp_path / "runs") as process,
    ):
        assert process.stderr
        told = [next(line for line in process.stderr if line.startswith("[1/"))]
        os.kill(scheduler, signal.SIGSTOP)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(SECONDS)
        finally:
            os.kill(scheduler, signal.SIGCONT)
        told += process.stderr
    assert (process.returncode, told[-1]) == (130, "lab: stopped by SIGINT\n"), told
    assert "Traceback" not in "".join(told)
    [run] = (tmp_path / "runs").glob("*/run.json")
    assert len(json.loads(run.read_text())["cells"]) >= sum(line.startswith("[") for line in told)
