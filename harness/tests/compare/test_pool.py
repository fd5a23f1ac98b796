"""The worker processes: no worker keeps the lab from its own end, whatever it does when it is told to stop."""

from __future__ import annotations

import multiprocessing.queues
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from lab_process import alive, eventually

from harness.backend import Ready
from harness.compare import pool
from harness.compare import worker as worker_module
from harness.compare.worker import Shared, Worker
from harness.errors import LabError
from harness.record.run_folder import RunFolder
from harness.spec.server_program import REFERENCE, discover

FOR_EVER = 1000
CORES = len(os.sched_getaffinity(0))


class Stop(Exception):
    """What ends the block of a pool."""


def shared(folder: Path) -> Shared:
    """What the workers of a run without any cell know."""
    return Shared("local", "label", Ready(), RunFolder.create(folder, "run"), {}, {}, discover(), {}, 20.0)


def never_ends(worker: Worker, note: Path) -> None:
    """Work that is under way when the lab stops; the clean-up after it waits for ever."""
    worker._stack.callback(time.sleep, FOR_EVER)
    note.touch()
    time.sleep(FOR_EVER)


def start(worker: Worker) -> tuple[float, float]:
    """Start for a while, and go on for as long; returns the times at which the start began and ended."""
    began = time.monotonic()
    time.sleep(0.2)  # enough for all others to come in, if they may
    ended = time.monotonic()
    worker.started()
    time.sleep(0.2)
    return began, ended


def starts_only(worker: Worker) -> None:
    """Work that never says that it has started; its end says so."""


def servers(worker: Worker) -> int:
    """Start the worker's servers, unless they run; returns their process id."""
    pod: Any = worker.servers(REFERENCE).pod
    return int(pod._process.pid)


def process(worker: Worker) -> int:
    return os.getpid()


def stopped_while_idle(worker: Worker) -> int:
    """Send this worker SIGTERM once it waits for work, but to another thread, so that its main thread sleeps on."""
    threading.Thread(target=_stop_when_idle, daemon=True).start()
    return os.getpid()


def _stop_when_idle() -> None:
    eventually(lambda: multiprocessing.queues.Queue.get.__code__ in _running_in_main(), "the worker waits for work")
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)


def _running_in_main() -> Iterator[object]:
    frame: FrameType | None = sys._current_frames()[threading.main_thread().ident or 0]
    while frame:
        yield frame.f_code
        frame = frame.f_back


def test_the_fault_of_a_worker_that_cannot_begin_is_that_of_its_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def connect(*_: object) -> Any:
        raise LabError("the engine has gone")

    monkeypatch.setattr(worker_module, "connect", connect)
    with pytest.raises(LabError, match="the engine has gone"), pool.pool(shared(tmp_path), 1) as workers:
        for one in [workers.submit(process) for _ in range(CORES + 1)]:
            assert isinstance(one.exception(timeout=60), LabError)
        one.result()
    assert capfd.readouterr() == ("", "")


def test_a_worker_whose_clean_up_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "STOP_SECONDS", 1)
    note, began = tmp_path / "note", time.monotonic()
    with pytest.raises(Stop), pool.pool(shared(tmp_path), 1) as workers:
        workers.submit(never_ends, note)
        eventually(note.exists, "the work is under way")
        raise Stop
    assert time.monotonic() < began + FOR_EVER / 2


def test_a_worker_notices_a_signal_that_did_not_wake_it(tmp_path: Path) -> None:
    with pool.pool(shared(tmp_path), 1) as workers:
        worker = workers.submit(stopped_while_idle).result()
        eventually(lambda: not alive(worker), "the worker has ended")


def test_a_worker_keeps_its_servers_while_more_work_may_come(tmp_path: Path) -> None:
    with pool.pool(shared(tmp_path), 1) as workers:
        kept = workers.submit(servers).result()
        assert workers.submit(servers).result() == kept
        workers.no_more()
        assert alive(kept)
        assert workers.submit(servers).result() == kept
        eventually(lambda: not alive(kept), "the servers have ended before the pool does")
        again = workers.submit(servers).result()  # a cell that is run again
        assert again != kept
        eventually(lambda: not alive(again), "these, too")


def test_a_signal_at_the_end_waits_until_no_worker_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutdown = ProcessPoolExecutor.shutdown

    def stop(*_: object) -> None:
        raise Stop

    def strike(executor: ProcessPoolExecutor, **options: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        shutdown(executor, **options)

    monkeypatch.setattr(ProcessPoolExecutor, "shutdown", strike)
    before = signal.signal(signal.SIGTERM, stop)
    try:
        with pytest.raises(Stop), pool.pool(shared(tmp_path), 1) as workers:
            worker = workers.submit(process).result()
        assert not alive(worker)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_cells_start_in_their_order_and_no_more_at_a_time_than_there_are_cores(tmp_path: Path) -> None:
    with pool.pool(shared(tmp_path), CORES + 3) as workers:
        works = [workers.submit(start) for _ in range(CORES + 3)]
        starts = [one.result() for one in works]
    for number, (began, _) in enumerate(starts):
        before = sum(ended <= began for _, ended in starts[:number])
        assert number - before < CORES, (number, starts)


def test_work_that_has_ended_lets_another_one_start(tmp_path: Path) -> None:
    with pool.pool(shared(tmp_path), 1) as workers:
        for one in [workers.submit(starts_only) for _ in range(2 * CORES)]:
            one.result(timeout=60)
