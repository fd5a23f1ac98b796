"""What the lab does to a running client: it sends a signal at its time, and reads standard output slowly."""

from __future__ import annotations

import time
from collections.abc import Callable

from harness.backend import Process
from harness.spec.conditions import USUAL, Conditions

READ_SIZE = 1 << 16
BURST = 0.1  # seconds: a slow reader that is late catches up at most so much of its rate


class ClientControl:
    """Applies the conditions to one client, and keeps the times: monotonic seconds, taken just before each act.

    `sent` returns how many bytes the servers have sent so far.
    """

    def __init__(self, process: Process, conditions: Conditions = USUAL, sent: Callable[[], int] = lambda: 0) -> None:
        self.signalled: float | None = None
        self.stdout_closed: float | None = None
        self.reads = process.stdout is not None
        self._process, self._conditions, self._sent = process, conditions, sent
        self._size = 0  # bytes of standard output so far
        self._paid = time.monotonic()  # the time until which the bytes read so far have used the rate

    def step(self, *, hurry: bool) -> bytes:
        """Called regularly: send the signal at its time, and read what the rate allows; a `hurry` ignores the rate."""
        number = self._conditions.signal_number
        if number is not None and self.signalled is None and self._sent() >= self._conditions.signal_after:
            self.signalled = time.monotonic()
            self._process.send(number)
        return self._read(hurry) if self.reads else b""

    def _read(self, hurry: bool) -> bytes:
        output, closes = self._process.stdout, self._conditions.stdout_closes_after
        assert output is not None
        size = READ_SIZE if hurry else self._allowance()
        if closes is not None:
            size = min(size, closes - self._size)
        data = output.read(size) if size else b""
        if data is None:
            self.reads = False
            return b""
        self._size += len(data)
        if self._conditions.stdout_rate is not None:
            self._paid += len(data) / self._conditions.stdout_rate
        if self._size == closes:
            self.reads = False
            self.stdout_closed = time.monotonic()
            output.close()
        return data

    def _allowance(self) -> int:
        rate = self._conditions.stdout_rate
        if rate is None:
            return READ_SIZE
        now = time.monotonic()
        self._paid = max(self._paid, now - BURST)
        return min(READ_SIZE, max(0, int((now - self._paid) * rate)))
