"""A clock that a person conducts: its time goes slower, faster or stands still beside the real one.

It is an `IReactorTime` over another, so that a schedule played by it knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Tempo:
    """Time that begins with that of `clock` (an IReactorTime) and goes `rate` times as fast; 0 stands still."""

    def __init__(self, clock: Any, rate: float = 1.0) -> None:
        self._clock = clock
        self.rate = rate
        self._since = clock.seconds()  # the real time of the last change of the rate
        self._then = self._since  # our own time then
        self._calls: set[TempoCall] = set()

    def seconds(self) -> float:
        """Our own time, in seconds."""
        seconds: float = self._then + (self._clock.seconds() - self._since) * self.rate
        return seconds

    def set_rate(self, rate: float) -> None:
        """Go so many times as fast from now on, also towards what is due already."""
        self._then, self._since, self.rate = self.seconds(), self._clock.seconds(), rate
        for call in self._calls:
            self._wait(call)

    def callLater(self, delay: float, function: Callable[..., object], *args: object) -> TempoCall:
        """Call it when our own time has gone on by `delay` seconds; the answer has a `cancel`."""
        call = TempoCall(self, self.seconds() + delay, lambda: function(*args))
        self._calls.add(call)
        self._wait(call)
        return call

    def _wait(self, call: TempoCall) -> None:
        call.stop()
        if self.rate > 0:
            call.real = self._clock.callLater(max(0.0, call.due - self.seconds()) / self.rate, self._fire, call)

    def _fire(self, call: TempoCall) -> None:
        self._calls.discard(call)
        call.function()

    def expects(self, call: TempoCall) -> bool:
        """Whether it is neither called nor cancelled."""
        return call in self._calls

    def forget(self, call: TempoCall) -> None:
        """It was cancelled."""
        self._calls.discard(call)


class TempoCall:
    """A call to come at `due` of the tempo's time; `real` is the real clock's call, None while time stands still."""

    def __init__(self, tempo: Tempo, due: float, function: Callable[[], object]) -> None:
        self._tempo = tempo
        self.due = due
        self.function = function
        self.real: Any = None

    def stop(self) -> None:
        """Take the real clock's call back."""
        if self.real is not None and self.real.active():
            self.real.cancel()
        self.real = None

    def active(self) -> bool:
        """Whether it is still to come."""
        return self._tempo.expects(self)

    def cancel(self) -> None:
        """It will not be called."""
        self.stop()
        self._tempo.forget(self)
