"""An agenda: calls at their times, thousands of them on one timer of the reactor.

It is an `IReactorTime` on top of another one, like `Tempo`.  Twisted's own timers are compared with one another by
Python; with 10,000 connections that costs as much as sending the chunks.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any


class Agenda:
    """Makes calls in the order of their times by `clock`; those of the same time in the order in which they came."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock
        self.seconds: Callable[[], float] = clock.seconds
        self._calls: list[tuple[float, int, AgendaCall]] = []  # a heap; the number keeps calls from being compared
        self._numbers = itertools.count()
        self._firing = False
        self._timer: Any = None  # until the first call of the heap is due

    def callLater(self, delay: float, function: Callable[[], object]) -> AgendaCall:
        """Call the function after `delay` seconds; the returned call can be cancelled."""
        call = AgendaCall(function)
        entry = (self.seconds() + delay, next(self._numbers), call)
        heappush(self._calls, entry)
        if not self._firing and self._calls[0] is entry:
            self._wait()
        return call

    def _wait(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        while self._calls and not self._calls[0][2].active():
            heappop(self._calls)
        if self._calls:
            self._timer = self._clock.callLater(max(0.0, self._calls[0][0] - self.seconds()), self._fire)

    def _fire(self) -> None:
        """Make all calls that are due by now; later ones wait, so that the reactor has its turn."""
        now, calls, self._firing = self.seconds(), self._calls, True
        try:
            while calls and calls[0][0] <= now:
                heappop(calls)[2].fire()
        finally:
            self._firing = False
            self._wait()


class AgendaCall:
    """A call that is waiting, until it is made or cancelled."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[], object]) -> None:
        self._function: Callable[[], object] | None = function

    def active(self) -> bool:
        """Whether the call is still waiting."""
        return self._function is not None

    def cancel(self) -> None:
        """Never make the call."""
        self._function = None

    def fire(self) -> None:
        """Make the call, if it was not cancelled."""
        function, self._function = self._function, None
        if function is not None:
            function()
