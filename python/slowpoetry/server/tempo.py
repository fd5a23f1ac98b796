"""A clock that a person controls: compared with real time it runs slower or faster, or it is paused.

It is an `IReactorTime` on top of another one, so that the code that plays a schedule does not need to know about it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Tempo:
    """A time that starts with that of `clock` (an IReactorTime) and runs `rate` times as fast; 0 means paused."""

    def __init__(self, clock: Any, rate: float = 1.0) -> None:
        self._clock = clock
        self.rate = rate
        self._since = clock.seconds()  # the real time of the last change of the rate
        self._then = self._since  # the tempo's time at that change
        self._calls: set[TempoCall] = set()

    def seconds(self) -> float:
        """The tempo's time, in seconds."""
        seconds: float = self._then + (self._clock.seconds() - self._since) * self.rate
        return seconds

    def set_rate(self, rate: float) -> None:
        """Run `rate` times as fast from now on; this also changes the real time of calls that are waiting."""
        self._then, self._since, self.rate = self.seconds(), self._clock.seconds(), rate
        for call in self._calls:
            self._wait(call)

    def callLater(self, delay: float, function: Callable[..., object], *args: object) -> TempoCall:
        """Call the function after `delay` seconds of the tempo's time; the returned call can be cancelled."""
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
        """Whether the call is still waiting, so neither made nor cancelled."""
        return call in self._calls

    def forget(self, call: TempoCall) -> None:
        """Drop a call that was cancelled."""
        self._calls.discard(call)


class TempoCall:
    """A call that is due at a time of the tempo; `real` is the call on the real clock, None while paused."""

    def __init__(self, tempo: Tempo, due: float, function: Callable[[], object]) -> None:
        self._tempo = tempo
        self.due = due
        self.function = function
        self.real: Any = None

    def stop(self) -> None:
        """Cancel the call on the real clock."""
        if self.real is not None and self.real.active():
            self.real.cancel()
        self.real = None

    def active(self) -> bool:
        """Whether the call is still waiting."""
        return self._tempo.expects(self)

    def cancel(self) -> None:
        """Cancel the call."""
        self.stop()
        self._tempo.forget(self)
