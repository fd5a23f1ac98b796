"""Waits for threads until they are done, or until a signal comes."""

from __future__ import annotations

import os
import signal
from concurrent.futures import Future
from types import TracebackType
from typing import Self, TypeVar

from harness.errors import Interrupted

T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM)
DONE = 0  # no signal has this number


class Waiting:
    """In its `with` block, SIGINT and SIGTERM raise Interrupted in `result` and nowhere else.

    Elsewhere the exception could break the code of a lock.  The numbers of the signals come through a pipe, because the
    kernel may deliver a signal to any thread, and the main thread would sleep on.  A signal that comes after the last
    result is raised again at the end of the block.
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
            # After the first signal, a second one must not interrupt the clean-up.
            signal.signal(number, signal.SIG_IGN if isinstance(error, Interrupted) else handler)
        os.close(self._sink)
        with open(self._source, "rb") as source:
            unheard = source.read().strip(bytes([DONE]))
        if unheard and error is None:
            signal.raise_signal(unheard[0])  # it came after the last result, so the handler from before gets it

    def result(self, future: Future[T]) -> T:
        """The future's result; Interrupted if a signal comes first."""
        future.add_done_callback(lambda _: os.write(self._sink, bytes([DONE])))
        while True:  # until its own DONE
            [number] = os.read(self._source, 1)
            if number != DONE:
                raise Interrupted(number)
            if future.done():
                return future.result()
