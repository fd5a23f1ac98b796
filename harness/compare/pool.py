"""The workers of this machine, as an executor of `concurrent.futures`; each is a process of its own.

Only one process would be too few: its cells would take each other's time, and their orphans could not be told apart.
"""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import util
from multiprocessing.synchronize import Event, Semaphore
from types import FrameType
from typing import Any, NoReturn, TypeVar

from harness.compare.waiting import Waiting
from harness.compare.worker import Shared, Worker
from harness.errors import SIGNALS, LabError

T = TypeVar("T")

PR_SET_PDEATHSIG = 1
STOPPED = 128 + signal.SIGTERM
STOP_SECONDS = 20  # that a worker has for its clean-up; the lab then removes what is left
WAKE_SECONDS = 1.0  # the longest sleep of a worker that has not noticed a signal
EARLY = 10  # the priority of a finalizer that runs before those of multiprocessing itself

_worker: Worker | None = None  # of this process, if it is one
_fault: LabError | None = None  # why this process could not become a worker
_starts: Semaphore | None = None  # one less for each work that starts
_no_more: Event | None = None  # set if no work waits
_starting = False  # whether the work of this process starts
_busy = False  # whether it does some work at the moment
_stopping = False  # whether it was told to end


class ForkedPool:
    """Hands work to the worker processes in the order in which it comes; see `site.Pool`.

    As many works start at a time as there are cores.  If all started at once, all would be ready at the same late
    moment, and the longest one with them.
    """

    def __init__(self, executor: ProcessPoolExecutor, width: int, starts: Semaphore, no_more: Event) -> None:
        self._executor, self.width, self._starts, self._no_more = executor, width, starts, no_more
        # A thread, because a semaphore does not say whom it lets in first.
        self._thread = ThreadPoolExecutor(1, "hand out")
        self._closed = False

    def submit(self, function: Callable[..., T], *words: Any, needs: Iterable[object] = ()) -> Future[T]:
        """Call `function(worker, *words)` in some worker; all of them have what it needs."""
        result: Future[T] = Future()
        self._thread.submit(self._hand_out, result, function, *words)
        return result

    def _hand_out(self, result: Future[T], function: Callable[..., T], *words: Any) -> None:
        self._starts.acquire()
        if self._closed:
            return
        try:
            self._executor.submit(_do, function, *words).add_done_callback(lambda done: _copy(done, result))
        except BrokenProcessPool as error:
            result.set_exception(error)

    def no_more(self) -> None:
        """See `site.Pool`."""
        self._no_more.set()

    def close(self) -> None:
        """Hand out no more work."""
        self._closed = True
        self._starts.release()  # to the thread, which may be waiting
        self._thread.shutdown(cancel_futures=True)


def _copy(done: Future[T], result: Future[T]) -> None:
    if done.cancelled():
        return  # the pool ends
    if error := done.exception():
        result.set_exception(error)
    else:
        result.set_result(done.result())


@contextmanager
def pool(shared: Shared, jobs: int) -> Iterator[ForkedPool]:
    """So many workers.  At the end of the block, and after an error or a signal, no worker and no pod is left."""
    # A fork, because a new interpreter needs a second for its imports.  The parent's own threads are idle by now.
    context = multiprocessing.get_context("fork")
    gc.freeze()  # a worker's collections would look at all that the lab has imported, and memory is copied for that
    starts, no_more = context.Semaphore(len(os.sched_getaffinity(0))), context.Event()
    executor = ProcessPoolExecutor(jobs, context, _begin, (shared, starts, no_more, os.getpid()))
    workers = ForkedPool(executor, jobs, starts, no_more)
    try:
        with _signals_held_back():
            started = executor.submit(os.getpid)  # starts all workers, before the first thread of the pool
        started.result()
        yield workers
    except BrokenProcessPool:
        raise LabError("a worker process of the lab has ended, although the lab did not stop it; run again") from None
    except BaseException:
        # They run clients, which could take long to end by themselves.
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        # A signal waits until the end of the block.  What a handler raises in `Thread.join` makes Python take a running
        # thread for ended, and without the executor's thread, its workers might never hear that they should end.
        with Waiting():
            workers.close()
            executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _signals_held_back() -> Iterator[None]:
    """A signal waits until the end of the block: during a fork, Python would lose what its handler raises."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(shared: Shared, starts: Semaphore, no_more: Event, parent: int) -> None:
    global _worker, _fault, _starts, _no_more
    _starts, _no_more = starts, no_more
    os.setsid()  # so that Ctrl-C at the terminal reaches only the lab, which then ends its workers
    # A handler that does nothing: a signal that is ignored would also be ignored by the clients.
    for number in SIGNALS:
        signal.signal(number, lambda signum, frame: None)
    signal.signal(signal.SIGTERM, _stop)
    # Python runs a handler when the main thread goes on.  A signal just before it falls asleep would not wake it, and
    # an idle worker sleeps until another one lets go of the queue, which may be dead: so each worker wakes by itself.
    signal.signal(signal.SIGALRM, lambda signum, frame: None)
    signal.setitimer(signal.ITIMER_REAL, WAKE_SECONDS, WAKE_SECONDS)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(STOPPED)  # the lab was killed before the line above
    try:
        _worker = Worker(shared, _started)
    except LabError as error:  # raised here, the executor would print it with a traceback
        _fault = error
        return
    util.Finalize(None, _worker.__exit__, exitpriority=EARLY)


def _stop(signum: int, frame: FrameType | None) -> None:
    global _stopping
    _stopping = True
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second signal must not interrupt the clean-up
    # What is raised here may break the code of a lock, and then the clean-up never ends: the kernel ends it.
    signal.alarm(STOP_SECONDS)  # instead of the alarm of every second, and before an alarm can end the process
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    if _busy:
        raise SystemExit(STOPPED)  # it ends the client, and `_do` then ends this process
    _end()


def _end() -> NoReturn:
    # Not by returning to the executor: if the lab was killed, it would wait for work for ever.
    try:
        if _worker is not None:
            _worker.__exit__()
    finally:
        os._exit(STOPPED)


def _started() -> None:
    """Let another work start, if that of this process has not done so yet."""
    global _starting
    if _starting and _starts is not None:
        _starting = False
        _starts.release()


def _do(function: Callable[..., T], *words: Any) -> T:
    global _busy, _starting
    assert _no_more is not None
    try:
        _busy = _starting = True
        try:
            if _fault is not None:
                raise _fault
            assert _worker is not None
            return function(_worker, *words)
        finally:
            _busy = False
            _started()
            if _worker is not None and _no_more.is_set():
                _worker.close_servers()  # while others still run, because at the end all would do it at the same time
    finally:
        # Whatever came of the work: what `_stop` raises may have become another error, or may have been raised where
        # Python ignores it.  The executor would take it for the result, and wait for the next work.
        if _stopping:
            _end()
