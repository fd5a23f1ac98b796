"""Waiting for threads, and signals that come meanwhile."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.errors import Interrupted
from harness.waiting import Waiting


def test_what_each_thread_comes_to_is_returned_whichever_is_done_first() -> None:
    second = threading.Event()
    with Waiting() as waiting, ThreadPoolExecutor() as threads:
        slow = threads.submit(lambda: (second.wait(60), 1))
        quick = threads.submit(lambda: (second.set(), 2))
        assert [waiting.result(slow), waiting.result(quick)] == [(True, 1), (None, 2)]


def test_what_a_thread_raises_is_raised() -> None:
    with Waiting() as waiting, ThreadPoolExecutor() as threads, pytest.raises(ZeroDivisionError):
        waiting.result(threads.submit(lambda: 1 / 0))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_breaks_it_off_whichever_thread_it_was_given_to(number: int) -> None:
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    enough = threading.Event()

    def receive() -> None:
        signal.pthread_kill(threading.get_ident(), number)
        enough.wait(60)

    try:
        with pytest.raises(Interrupted) as caught, Waiting() as waiting, ThreadPoolExecutor() as threads:
            try:
                waiting.result(threads.submit(receive))
            finally:
                enough.set()
        assert caught.value.status == 128 + number
        assert {signal.getsignal(each) for each in before} == {signal.SIG_IGN}  # one is enough
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
