"""A process of a Dask worker that runs cells: `dask worker ... --nthreads 1 --preload harness.compare.dask_worker`.

`./lab worker` starts such processes.  Each has a backend, servers and a temporary run folder of its own; the evidence
of a cell goes back to the caller.
"""

from __future__ import annotations

import json
import os
import pickle
import platform
import shutil
import signal
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from threading import RLock, Timer
from typing import Any

from harness.backend import Program, Ready, Unready, ownership
from harness.backend.checkout import checkout_digest
from harness.backend.choice import choose
from harness.compare.dask import OFFER, Offer, needs
from harness.compare.errand import Errand, here, take, unpack
from harness.compare.provenance import provenance
from harness.compare.worker import Shared, Worker
from harness.errors import LabError
from harness.record import run_folder
from harness.record.run_folder import RunFolder
from harness.spec import client, server_program

BACKEND = "SLOW_POETRY_LAB_BACKEND"  # names the backend of the workers; without it, auto
READY = "SLOW_POETRY_LAB_READY"  # what `./lab worker` has prepared, as JSON; without it, each process prepares
IDLE_SECONDS = 60  # after which a run is ended here: a caller that was killed does not say that it has ended
EVIDENCE = ("cells", "witness")  # the folders of a run that go back to the caller

_station: Station | None = None  # of this process


class Station:
    """Runs errands, one after another; the servers of a run are kept until another run begins."""

    def __init__(self, folder: Path, backend: str, ready: str | None) -> None:
        self._label, self._folder, self._digest = ownership.this_owner(), folder, checkout_digest()
        self._programs: list[Program] = [*client.discover().values(), *server_program.discover().values()]
        self._stack, self._run = ExitStack(), ExitStack()
        # It also sweeps what an earlier process of this machine has left, if it was killed.
        self._backend = self._stack.enter_context(choose(backend, self._label, install=False, say=_ignore))
        self._stack.push(self._run)
        if ready is None:
            self._ready = self._backend.prepare(self._programs, _ignore)
        else:
            self._ready = from_text(ready)
            self._backend.resume(self._ready)
        self._worker: Worker | None = None
        self._lock = RLock()
        self._idle = Timer(0, self.end_run)

    def offer(self) -> Offer:
        """What the caller of a compare must know: the checkout, the backend, and what is ready here."""
        name, unready = self._backend.name, self._ready.unready
        missing = {str(needs(name, p)): vars(unready[p.key]) for p in self._programs if p.key in unready}
        kinds = {kind for p in self._programs if (kind := needs(name, p))}
        return {
            "digest": self._digest,
            "backend": name,
            "machine": platform.node(),
            "ready": sorted(kinds - missing.keys()),
            "unready": missing,
            "provenance": provenance(name, self._ready),
        }

    def perform(self, errand: Errand) -> tuple[Any, bytes]:
        """The function's result, and an archive of the evidence; LabError if this worker can no longer be used."""
        self._idle.cancel()
        with self._lock:
            if self._worker is None or self._worker.shared.folder.run["id"] != errand.run:
                self._worker = self._begin(errand)
            self._learn(self._worker, errand)
            result = errand.function(self._worker, *errand.words)
            archive = take(self._worker.shared.folder.path, EVIDENCE)
        self._idle = Timer(IDLE_SECONDS, self.end_run)
        self._idle.daemon = True
        self._idle.start()
        return result, archive

    def _begin(self, errand: Errand) -> Worker:
        self.end_run()
        if not errand.digest == self._digest == checkout_digest():
            raise LabError("its checkout has changed since it was started; start it again")
        parent = Path(tempfile.mkdtemp(prefix="slow-poetry-lab-", dir=self._folder))
        self._run.callback(shutil.rmtree, parent, ignore_errors=True)
        folder = RunFolder.create(parent, errand.run)
        name, budget = self._backend.name, errand.late_budget_ms
        shared = Shared(name, self._label, self._ready, folder, {}, {}, {}, {}, budget, platform.node())
        return self._run.enter_context(Worker(shared))

    def _learn(self, worker: Worker, errand: Errand) -> None:
        """Make known what the errand needs and this worker has not yet seen in this run."""
        folder = worker.shared.folder
        clients = [here(one, errand.homes, folder.path.parent) for one in errand.clients]
        programs = [here(one, errand.homes, folder.path.parent) for one in errand.programs]
        folder.run["scenarios"] = list(errand.scenarios)
        unpack(errand.files, folder.path)
        used: list[Program] = [*clients, *programs]
        brought = [one for one in used if one.outside]
        ready = self._backend.prepare(brought, _ignore) if brought else Ready()
        worker.learn(clients, run_folder.scenarios_of(folder), programs, ready)

    def end_run(self, run: str = "") -> None:
        """End the servers of the run, and remove its folder; if `run` is given, only if this is that run."""
        with self._lock:
            if run and self._worker is not None and self._worker.shared.folder.run["id"] != run:
                return
            self._idle.cancel()
            self._worker = None
            self._run.close()

    def close(self) -> None:
        """End everything that this process has started; a cell that still runs is ended too."""
        self._idle.cancel()
        self._stack.close()


def as_text(ready: Ready) -> str:
    """What was prepared, as an environment variable can hold it."""
    return json.dumps(asdict(ready))


def from_text(text: str) -> Ready:
    """The same, read back."""
    data = json.loads(text)
    unready = {key: Unready(**why) for key, why in data["unready"].items()}
    return Ready(unready, data["versions"], data["details"])


def dask_setup(worker: Any) -> None:
    """Called by Dask before its worker registers with the scheduler."""
    global _station
    # Dask ignores the signal; then the clients would ignore it too.  A handler that does nothing is not inherited.
    signal.signal(signal.SIGINT, lambda signum, frame: None)
    _station = Station(Path(worker.local_directory), os.environ.get(BACKEND, "auto"), os.environ.get(READY))
    offer = _station.offer()
    worker.startup_information[OFFER] = lambda worker: offer


def dask_teardown(worker: Any) -> None:
    """Called by Dask when its worker ends."""
    if _station is not None:
        _station.close()


def perform(errand: bytes) -> tuple[Any, bytes]:
    """Do an errand that was pickled by the caller."""
    assert _station is not None
    return _station.perform(pickle.loads(errand))


def end_run(run: str) -> None:
    """End what this process still has of a run."""
    if _station is not None:
        _station.end_run(run)


def _ignore(line: str) -> None:
    """A worker has no user; `./lab worker` has told what is ready before it started this process."""
