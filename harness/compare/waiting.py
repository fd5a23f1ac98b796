"""Waits for threads and workers until some are done, or until a signal comes."""

from __future__ import annotations

import os
import select
import signal
import socket
from collections.abc import Collection
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

from harness.errors import Interrupted, stopping

T = TypeVar("T")
DONE = b"\0"  # no signal has this number
AT_ONCE = 4096


class Waiting:
    """In its `with` block, SIGINT, SIGTERM and SIGHUP raise Interrupted in `some` and `result`, and nowhere else.

    Elsewhere the exception could break the code of a lock: whoever needs the lock would then wait for ever.  The
    numbers of the signals come through a socket, because the kernel may deliver a signal to any thread, and the main
    thread would sleep on.  A signal that comes after the last result is raised again at the end of the block.
    """

    def __enter__(self) -> Self:
        self._source, self._sink = socket.socketpair()
        self._sink.setblocking(False)
        self._watched: set[Future[Any]] = set()
        # In this order, and at the end in the other one, so that each signal finds the socket or the earlier handler.
        self._before = signal.set_wakeup_fd(self._sink.fileno())
        self._handlers = {number: signal.signal(number, lambda *_: None) for number in stopping()}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for number, handler in self._handlers.items():
                # After the first signal, a second one must not interrupt the clean-up.
                signal.signal(number, signal.SIG_IGN if isinstance(error, Interrupted) else handler)
        finally:
            signal.set_wakeup_fd(self._before)
            self._sink.close()
        with self._source, self._source.makefile("rb") as source:
            unheard = source.read().strip(DONE)
        if unheard and error is None:
            signal.raise_signal(unheard[0])  # it came after the last result, so the handler from before gets it

    def some(self, futures: Collection[Future[T]], seconds: float | None = None) -> list[Future[T]]:
        """Wait until at least one of them is done; returns all that are.  Interrupted if a signal comes first.

        With `seconds`, nothing is returned if none is done by then.
        """
        if not futures:
            return []
        for future in futures:
            if future not in self._watched:
                self._watched.add(future)
                future.add_done_callback(self._wake)
        while select.select([self._source], [], [], seconds)[0]:
            # A socket that is full has enough to read, so nothing is lost by what `_wake` could not send.
            if signals := os.read(self._source.fileno(), AT_ONCE).strip(DONE):
                raise Interrupted(signals[0])
            if done := [future for future in futures if future.done()]:
                self._watched.difference_update(done)
                return done
        return []

    def result(self, future: Future[T]) -> T:
        """The future's result; Interrupted if a signal comes first."""
        self.some([future])
        return future.result()

    def _wake(self, _: Future[Any]) -> None:
        with suppress(OSError):  # the block has ended
            self._sink.send(DONE)
