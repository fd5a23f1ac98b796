"""The wait for threads, and signals that come during it."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import pytest

from harness.compare.waiting import Waiting
from harness.errors import SIGNALS, Interrupted


def test_each_threads_result_is_returned_in_any_order_of_their_ends() -> None:
    second = threading.Event()
    with Waiting() as waiting, ThreadPoolExecutor() as threads:
        slow = threads.submit(lambda: (second.wait(60), 1))
        quick = threads.submit(lambda: (second.set(), 2))
        assert [waiting.result(slow), waiting.result(quick)] == [(True, 1), (None, 2)]


def test_an_exception_of_a_thread_is_raised() -> None:
    with Waiting() as waiting, ThreadPoolExecutor() as threads, pytest.raises(ZeroDivisionError):
        waiting.result(threads.submit(lambda: 1 / 0))


@pytest.fixture
def signals() -> Iterator[None]:
    """The test's own handlers; the earlier ones are restored."""
    before = {each: signal.getsignal(each) for each in SIGNALS}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_interrupts_the_wait_whichever_thread_receives_it(number: int) -> None:
    enough = threading.Event()

    def receive() -> None:
        signal.pthread_kill(threading.get_ident(), number)
        enough.wait(60)

    with pytest.raises(Interrupted) as caught, Waiting() as waiting, ThreadPoolExecutor() as threads:
        try:
            waiting.result(threads.submit(receive))
        finally:
            enough.set()
    assert caught.value.status == 128 + number
    assert {signal.getsignal(each) for each in SIGNALS} == {signal.SIG_IGN}  # further signals are ignored


@pytest.mark.usefixtures("signals")
def test_a_hangup_that_is_ignored_as_under_nohup_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with Waiting():
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) != signal.SIG_IGN


@pytest.mark.usefixtures("signals")
def test_a_signal_just_before_a_thread_ends_is_not_lost() -> None:
    with pytest.raises(Interrupted), Waiting() as waiting, ThreadPoolExecutor() as threads:
        done = threads.submit(lambda: 1)
        done.result()
        signal.raise_signal(signal.SIGTERM)
        waiting.result(done)


@pytest.mark.usefixtures("signals")
def test_a_signal_after_the_last_result_goes_to_the_earlier_handler() -> None:
    heard: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    with Waiting() as waiting, ThreadPoolExecutor() as threads:
        assert waiting.result(threads.submit(lambda: 1)) == 1
        signal.raise_signal(signal.SIGTERM)
        assert not heard
    assert heard == [signal.SIGTERM]


@pytest.mark.usefixtures("signals")
def test_a_signal_in_the_code_of_a_lock_does_not_leave_it_locked() -> None:
    lock = threading.Condition(threading.Lock())  # as in a queue

    def strike(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is threading.Condition.__exit__.__code__:
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(Interrupted), Waiting() as waiting, ThreadPoolExecutor() as threads:
        done = threads.submit(lambda: 1)
        try:
            sys.setprofile(strike)
            with lock:
                pass
        finally:
            sys.setprofile(None)
        waiting.result(done)
    assert lock.acquire(blocking=False)


def test_only_what_is_done_is_returned_and_nothing_is_awaited_for_nothing() -> None:
    second = threading.Event()
    with Waiting() as waiting, ThreadPoolExecutor() as threads:
        slow, quick = threads.submit(second.wait, 60), threads.submit(lambda: 1)
        assert waiting.some([slow, quick]) == [quick]
        assert waiting.some([]) == []
        assert waiting.some([slow], 0.01) == []
        second.set()
        assert waiting.some([slow]) == [slow]
