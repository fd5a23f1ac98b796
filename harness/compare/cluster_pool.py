"""The work of a run, handed out to the workers of a Dask cluster.

The lab itself gives each worker its next piece of work when it has none.  So the longest cells go first on all machines
together, a slow worker has few of them, and it is certain which piece a dead worker had.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import pickle
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any, TypeVar

from harness.backend import Program
from harness.compare.dask import Offer, needs
from harness.compare.errand import errand_of, unpack
from harness.compare.site import Lost
from harness.compare.worker import Shared
from harness.printable import counted
from harness.spec.scenario import Scenario

if TYPE_CHECKING:
    from harness.compare.cluster import Cluster

T = TypeVar("T")

TURN_SECONDS = 0.5  # between two looks at which workers there are
PATIENCE = 30  # seconds that work waits for a worker that can do it, for example until a dead one is started again
MOST_DEATHS = 5  # of workers that had the same piece of work; a cell that kills its workers must end
FETCH_SECONDS = 10  # in which a result must come from its worker
END_SECONDS = 10  # that workers get to end the servers of a run


@dataclass
class _Task:
    """A piece of work, the future that the caller has, and while a worker does it, Dask's own future."""

    errand: bytes
    kinds: set[str]
    future: Future[Any] = field(default_factory=Future)
    handle: Any = None
    deaths: int = 0
    waits_since: float = field(default_factory=time.monotonic)


class ClusterPool:
    """A thread hands out the work, and takes back what is done or lost."""

    width = sys.maxsize  # each worker takes the first that it has the toolchain for, so that it must see all

    def __init__(self, cluster: Cluster, shared: Shared) -> None:
        self._cluster, self._shared = cluster, shared
        self._lock, self._wake, self._closed = Lock(), Event(), Event()
        self._waiting: list[_Task] = []
        self._running: dict[str, _Task] = {}  # by the worker's address
        self._failed: set[str] = set()  # workers that could not do what they were given
        self._thread = Thread(target=self._hand_out, daemon=True)
        self._thread.start()

    def submit(self, function: Callable[..., T], *words: Any, needs: Iterable[Program | Scenario] = ()) -> Future[T]:
        """See `site.Pool`; a worker gets what is in `needs`, and nothing else."""
        shared, needed = self._shared, list(needs)
        work = (function, *words)
        errand = errand_of(shared.folder, self._cluster.digest, shared.late_budget_ms, work, needed)
        task = _Task(pickle.dumps(errand), self._kinds(needed))
        with self._lock:
            if self._closed.is_set():
                raise self._cluster.gone()
            self._waiting.append(task)
        self._wake.set()
        return task.future

    def no_more(self) -> None:
        """Nothing: there is no hurry, because the workers end their servers when the caller no longer waits."""

    def _kinds(self, needed: Iterable[Program | Scenario]) -> set[str]:
        name = self._cluster.name
        return {kind for one in needed if not isinstance(one, Scenario) and (kind := needs(name, one))}

    def _hand_out(self) -> None:
        while not self._closed.is_set():
            try:
                self._turn(self._cluster.fitting())
            except Exception as error:
                closed = self._cluster.client.status in ("closing", "closed")
                self._fail(self._cluster.gone() if closed else error)
                return
            self._wake.wait(TURN_SECONDS)
            self._wake.clear()

    def _turn(self, offers: dict[str, Offer]) -> None:
        for address, task in list(self._running.items()):
            if task.handle.status in ("finished", "error") and self._taken(address, task):
                del self._running[address]
            elif address not in offers or task.handle.status in ("cancelled", "lost"):
                del self._running[address]
                with suppress(Exception):  # the scheduler may have gone
                    task.handle.cancel()
                self._lose(task)
        usable = {address: offer for address, offer in offers.items() if address not in self._failed}
        with self._lock:
            for address in usable.keys() - self._running.keys():
                able = (task for task in self._waiting if task.kinds <= set(usable[address]["ready"]))
                if chosen := next(able, None):
                    self._waiting.remove(chosen)
                    self._start(address, chosen)
            self._give_up([set(offer["ready"]) for offer in usable.values()])

    def _start(self, address: str, task: _Task) -> None:
        self._running[address] = task
        task.handle = self._cluster.client.submit(_carrier(), task.errand, workers=[address], pure=False)
        task.handle.add_done_callback(lambda _: self._wake.set())

    def _taken(self, address: str, task: _Task) -> bool:
        """Take the result of work that is done; False if its worker has died before it could be fetched."""
        try:
            result, archive = task.handle.result(timeout=FETCH_SECONDS)
        except (TimeoutError, concurrent.futures.CancelledError, asyncio.CancelledError):
            return False
        except Exception as error:
            self._failed.add(address)
            self._cluster.say(f"the worker {address} has failed and gets no more work: {error}")
            self._lose(task)
            return True
        try:
            unpack(archive, self._shared.folder.path)
            task.future.set_result(result)
        except Exception as error:  # the disk is full, for example
            task.future.set_exception(error)
        return True

    def _lose(self, task: _Task) -> None:
        """Put the work of a dead or failed worker back, before all that waits."""
        task.deaths += 1
        task.handle, task.waits_since = None, time.monotonic()
        if task.deaths >= MOST_DEATHS:
            task.future.set_exception(Lost(f"{counted(task.deaths, 'worker')} in turn died or failed with it"))
            return
        with self._lock:
            self._waiting.insert(0, task)

    def _give_up(self, able: Sequence[set[str]]) -> None:
        """Give up work for which there has been no worker for a while."""
        now = time.monotonic()
        for task in [*self._waiting]:
            if any(task.kinds <= kinds for kinds in able):
                task.waits_since = now
            elif now > task.waits_since + PATIENCE:
                self._waiting.remove(task)
                task.future.set_exception(Lost("no worker is left that can do it; start some: ./lab worker"))

    def _fail(self, error: Exception) -> None:
        with self._lock:
            for task in [*self._running.values(), *self._waiting]:
                task.future.set_exception(error)
            self._closed.set()

    def close(self) -> None:
        """Stop handing out; the workers end what they have of the run, when they have done what they do."""
        self._closed.set()
        self._wake.set()
        self._thread.join(END_SECONDS)
        if not self._thread.is_alive():  # otherwise the scheduler is silent
            # Dask's client waits without an end for a scheduler that falls silent now.
            ending = Thread(target=self._end_run, daemon=True)
            ending.start()
            ending.join(2 * END_SECONDS)

    def _end_run(self) -> None:
        from distributed import fire_and_forget, wait

        with suppress(Exception):  # the scheduler may have gone
            client = self._cluster.client
            for task in self._running.values():
                if task.handle is not None:
                    task.handle.cancel()
            ends = [
                client.submit(_ender(), self._shared.folder.run["id"], workers=[address], pure=False)
                for address in self._cluster.fitting()
            ]
            fire_and_forget(ends)
            wait(ends, timeout=0.5 if self._running else END_SECONDS)


# Dask's scheduler unpickles functions too.  These are defined within others, so that their code is sent and not their
# name, and the scheduler need not have the lab.
def _carrier() -> Callable[[bytes], Any]:
    def carry(errand: bytes) -> Any:
        from harness.compare.dask_worker import perform

        return perform(errand)

    return carry


def _ender() -> Callable[[str], None]:
    def end(run: str) -> None:
        from harness.compare.dask_worker import end_run

        end_run(run)

    return end
