"""Waiting for threads until they are done, or until a signal comes."""

from __future__ import annotations

import os
import signal
from concurrent.futures import Future
from types import TracebackType
from typing import Self, TypeVar

from harness.errors import Interrupted

T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM)
DONE = 0  # the number of no signal


class Waiting:
    """`with` it, SIGINT and SIGTERM raise Interrupted in `result` and nowhere else; the last one goes on at the end.

    Elsewhere it could be in the middle of a lock's own code.  The numbers come by a pipe, for the kernel may give a
    signal to any thread, and the main one would sleep on.
    """

    def __enter__(self) -> Self:
        self._source, self._sink = os.pipe()
        os.set_blocking(self._sink, False)
        self._handlers = {number: signal.signal(number, lambda *_: None) for number in SIGNALS}
        self._before = signal.set_wakeup_fd(self._sink)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.set_wakeup_fd(self._before)
        for number, handler in self._handlers.items():
            # Once is enough: a second signal must not break off the cleaning up.
            signal.signal(number, signal.SIG_IGN if isinstance(error, Interrupted) else handler)
        os.close(self._sink)
        with open(self._source, "rb") as source:
            unheard = source.read().strip(bytes([DONE]))
        if unheard and error is None:
            signal.raise_signal(unheard[0])  # it came after the last result: whoever came before is to hear it

    def result(self, future: Future[T]) -> T:
        """What it comes to."""
        future.add_done_callback(lambda _: os.write(self._sink, bytes([DONE])))
        while True:  # until its own DONE
            [number] = os.read(self._source, 1)
            if number != DONE:
                raise Interrupted(number)
            if future.done():
                return future.result()
