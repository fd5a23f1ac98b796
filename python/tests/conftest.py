"""Run Python programs as real processes, which end with their test at the latest."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.forked import ENVIRONMENT, Forked

SECONDS_TO_LIVE = 60

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # If pytest runs as a background job, SIGINT is ignored, and the programs would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def start() -> Iterator[Callable[..., Any]]:
    """Start `python -m MODULE ARGUMENTS` with all streams on pipes; a program that hangs is killed.

    It is forked from a process that knows its imports already, unless it is to be started `anew`.
    """
    with ExitStack() as stack:

        def start(*arguments: object, anew: bool = False) -> Any:
            words = list(map(str, arguments))
            if anew:
                pipe = subprocess.PIPE
                command = [sys.executable, "-m", *words]
                popen = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=ENVIRONMENT, text=True)
                process = stack.enter_context(popen)
            else:
                process = stack.enter_context(Forked(*words, text=True))
            watchdog = threading.Timer(SECONDS_TO_LIVE, process.kill)
            watchdog.start()
            stack.callback(watchdog.cancel)
            stack.callback(process.kill)
            return process

        yield start
