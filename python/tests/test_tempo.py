"""The conducted clock, on top of a clock that the tests advance."""

import pytest
from twisted.internet.task import Clock

from slowpoetry.server.tempo import Tempo


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.advance(1000.0)  # it does not start at zero
    return clock


def test_time_runs_at_the_given_rate_and_is_paused_at_rate_0(clock: Clock) -> None:
    tempo = Tempo(clock)
    seen = []
    for rate in (1.0, 0.0, 4.0, 0.5):
        tempo.set_rate(rate)
        clock.advance(2.0)
        seen.append(tempo.seconds())
    assert seen == [1002.0, 1002.0, 1010.0, 1011.0]


def test_a_call_is_made_when_it_is_due_in_the_tempos_time(clock: Clock) -> None:
    tempo, fired = Tempo(clock, 0.5), []
    tempo.callLater(3.0, fired.append, "due")
    clock.advance(5.9)
    assert fired == []
    clock.advance(0.2)
    assert fired == ["due"]


@pytest.mark.parametrize(("rate", "wait"), [(2.0, 1.0), (1.0, 2.0), (0.25, 8.0)])
def test_a_change_of_the_rate_moves_calls_that_are_waiting(clock: Clock, rate: float, wait: float) -> None:
    tempo, fired = Tempo(clock), []
    tempo.callLater(5.0, fired.append, "due")
    clock.advance(3.0)
    tempo.set_rate(0.0)
    clock.advance(100.0)
    assert fired == []
    tempo.set_rate(rate)
    clock.advance(wait - 0.01)
    assert fired == []
    clock.advance(0.02)
    assert fired == ["due"]


def test_a_cancelled_call_is_never_made_at_any_rate(clock: Clock) -> None:
    tempo, fired = Tempo(clock), []
    call = tempo.callLater(1.0, fired.append, "due")
    assert call.active()
    tempo.set_rate(0.0)
    call.cancel()
    assert not call.active()
    tempo.set_rate(9.0)
    clock.advance(10.0)
    assert fired == [] and clock.getDelayedCalls() == []


def test_a_call_that_was_made_is_not_active_any_more(clock: Clock) -> None:
    call = Tempo(clock).callLater(1.0, lambda: None)
    clock.advance(1.0)
    assert not call.active()
