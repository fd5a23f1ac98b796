"""Waiting for threads, and signals that come meanwhile."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.errors import Interrupted
from harness.suites.waiting import SIGNALS, Waiting


def test_what_each_thread_comes_to_is_returned_whichever_is_done_first() -> None:
    second = threading.Event()
    with Waiting() as waiting, ThreadPoolExecutor() as threads:
        slow = threads.submit(lambda: (second.wait(60), 1))
        quick = threads.submit(lambda: (second.set(), 2))
        assert [waiting.result(slow), waiting.result(quick)] == [(True, 1), (None, 2)]


def test_what_a_thread_raises_is_raised() -> None:
    with Waiting() as waiting, ThreadPoolExecutor() as threads, pytest.raises(ZeroDivisionError):
        waiting.result(threads.submit(lambda: 1 / 0))


@pytest.fixture
def signals() -> Iterator[None]:
    """Handlers of the test's own, put back as they were."""
    before = {each: signal.getsignal(each) for each in SIGNALS}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_breaks_it_off_whichever_thread_it_was_given_to(number: int) -> None:
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
    assert {signal.getsignal(each) for each in SIGNALS} == {signal.SIG_IGN}  # one is enough


@pytest.mark.usefixtures("signals")
def test_a_signal_beside_a_thread_that_is_done_is_heard() -> None:
    with pytest.raises(Interrupted), Waiting() as waiting, ThreadPoolExecutor() as threads:
        done = threads.submit(lambda: 1)
        done.result()
        signal.raise_signal(signal.SIGTERM)
        waiting.result(done)


@pytest.mark.usefixtures("signals")
def test_a_signal_after_the_last_result_goes_to_whoever_came_before() -> None:
    heard: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    with Waiting() as waiting, ThreadPoolExecutor() as threads:
        assert waiting.result(threads.submit(lambda: 1)) == 1
        signal.raise_signal(signal.SIGTERM)
        assert not heard
    assert heard == [signal.SIGTERM]
