"""The agenda, on top of a clock that the tests advance."""

import random

import pytest
from twisted.internet.task import Clock

from slowpoetry.server.agenda import Agenda


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.advance(1000.0)  # it does not start at zero
    return clock


def test_calls_are_made_in_the_order_of_their_times_however_they_came(clock: Clock) -> None:
    agenda, made = Agenda(clock), []
    delays = [random.Random(1).randrange(50) / 8 for _ in range(200)]
    for delay in delays:
        agenda.callLater(delay, lambda delay=delay: made.append((clock.seconds(), 1000.0 + delay)))
    assert len(clock.getDelayedCalls()) == 1  # one timer of the reactor serves all
    while clock.getDelayedCalls():
        clock.advance(0.125)
    assert made == [(1000.0 + delay, 1000.0 + delay) for delay in sorted(delays)]


def test_calls_of_the_same_time_are_made_in_the_order_in_which_they_came(clock: Clock) -> None:
    agenda, made = Agenda(clock), []
    for number in range(9):
        agenda.callLater(1.0, lambda number=number: made.append(number))
    clock.advance(1.0)
    assert made == list(range(9))


def test_a_cancelled_call_is_never_made_and_leaves_no_timer(clock: Clock) -> None:
    agenda, made = Agenda(clock), []
    first, second = (agenda.callLater(delay, lambda: made.append("made")) for delay in (1.0, 2.0))
    assert first.active() and second.active()
    first.cancel()
    assert not first.active()
    clock.advance(1.0)
    assert made == []
    second.cancel()
    clock.advance(5.0)
    assert made == [] and clock.getDelayedCalls() == []


def test_a_call_may_ask_for_the_next_one_and_cancel_another(clock: Clock) -> None:
    agenda, made = Agenda(clock), []
    other = agenda.callLater(1.5, lambda: made.append("other"))

    def again() -> None:
        made.append(clock.seconds())
        other.cancel()
        if len(made) < 3:
            agenda.callLater(1.0, again)

    agenda.callLater(1.0, again)
    for _ in range(9):
        clock.advance(0.5)
    assert made == [1001.0, 1002.0, 1003.0] and clock.getDelayedCalls() == []


def test_a_call_that_is_due_at_once_waits_for_the_next_turn(clock: Clock) -> None:
    agenda, made = Agenda(clock), []

    def endless() -> None:
        made.append(clock.seconds())
        agenda.callLater(0.001, endless)

    agenda.callLater(0.0, endless)
    clock.advance(0.0)
    assert made == [1000.0]


def test_a_call_that_fails_does_not_stop_the_others(clock: Clock) -> None:
    agenda, made = Agenda(clock), []
    agenda.callLater(1.0, lambda: made[7])
    agenda.callLater(1.0, lambda: made.append("made"))
    with pytest.raises(IndexError):
        clock.advance(1.0)
    clock.advance(0.0)
    assert made == ["made"]
