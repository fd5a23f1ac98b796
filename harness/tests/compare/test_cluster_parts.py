"""Single parts of a cluster: the hand-out of work, the station of a worker, the host of workers; with stubs."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from lab_process import SECONDS

from harness.backend import Ready
from harness.backend.checkout import checkout_digest
from harness.backend.local import LocalBackend
from harness.compare import cluster_pool as cluster_module
from harness.compare import host as host_module
from harness.compare.cluster import Cluster
from harness.compare.cluster_pool import ClusterPool
from harness.compare.dask_worker import Station, as_text
from harness.compare.errand import errand_of
from harness.compare.worker import Shared, Worker
from harness.errors import SIGNALS, Interrupted, LabError
from harness.record.run_folder import RunFolder


class Gone(SimpleNamespace):
    """A cluster that has one worker until some work is under way; then Dask's client is closed."""

    name = digest = status = "closed"
    under_way = False
    add_done_callback = say = staticmethod(lambda _: None)

    @property
    def client(self) -> Gone:
        return self

    def gone(self) -> LabError:
        return LabError("the scheduler has gone")

    def fitting(self) -> dict[str, Any]:
        return self.offers() if self.under_way else {"worker": {"ready": []}}

    def submit(self, *_: object, **__: object) -> Gone:
        self.under_way = True
        return self

    def cancel(self) -> None:
        raise RuntimeError("the client is closed")


def test_work_under_way_when_the_scheduler_goes_ends_with_a_clear_error(
    dask: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(error: Exception) -> dict[str, Any]:
        raise error

    monkeypatch.setattr(cluster_module, "PATIENCE", -1)
    shared = Shared("", "", Ready(), RunFolder.create(tmp_path, "run"), {}, {}, {}, {}, 20.0)
    shared.folder.run["scenarios"] = []
    for offers, error in (
        (lambda: fails(LabError("the scheduler has gone")), "the scheduler has gone"),  # the thread learns of it
        (lambda: fails(RuntimeError("the client is closed")), "the scheduler has gone"),  # or Dask's client does
        (dict, "no worker is left"),  # and here nobody but `cancel`
    ):
        pool = ClusterPool(cast(Cluster, Gone(offers=offers)), shared)
        assert error in str(pool.submit(work_folder).exception(timeout=SECONDS))
        pool.close()


def test_the_end_of_another_callers_run_ends_nothing(tmp_path: Path) -> None:
    station = Station(tmp_path, "local", as_text(Ready()))
    folder = RunFolder.create(tmp_path, "mine")
    folder.run["scenarios"] = []
    errand = errand_of(folder, checkout_digest(), 20.0, (work_folder,), ())
    try:
        place, _ = station.perform(errand)
        station.end_run("other")
        assert place.exists()
        station.end_run("mine")
        assert not place.exists()
    finally:
        station.close()


def work_folder(worker: Worker) -> Path:
    return worker.shared.folder.path


def test_a_second_signal_does_not_stop_the_sweep_of_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[bool] = []

    @contextmanager
    def choose(*_: object, **__: object) -> Iterator[LocalBackend]:
        swept.append({signal.getsignal(each) for each in SIGNALS} == {signal.SIG_IGN})
        yield LocalBackend("label", install=False)

    async def serve(*_: object) -> int:
        return signal.SIGTERM

    for name, stub in {
        "choose": choose, "_serve": serve, "connected": nullcontext, "install_dask": lambda *_: None,
    }.items():  # fmt: skip
        monkeypatch.setattr(host_module, name, stub)
    monkeypatch.setattr(LocalBackend, "prepare", lambda *_: Ready())
    before = {each: signal.getsignal(each) for each in SIGNALS}
    try:
        with pytest.raises(Interrupted):
            host_module.host("tcp://127.0.0.1:1", 1, "local", install=False, say=lambda line: None)
        assert swept == [False, True]
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
