"""Run Python programs as real processes, which end with their test at the latest."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

PYTHON = Path(__file__).parents[1]
SECONDS_TO_LIVE = 60

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # If pytest runs as a background job, SIGINT is ignored, and the programs would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def start() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start `python -m MODULE ARGUMENTS` with all streams on pipes; a program that hangs is killed."""
    with ExitStack() as stack:

        def start(*arguments: object) -> "subprocess.Popen[str]":
            command = [sys.executable, "-m", *map(str, arguments)]
            # Without PYTHONUNBUFFERED, so that the program has to flush by itself.
            environment = os.environ | {"PYTHONPATH": str(PYTHON), "PYTHONUNBUFFERED": ""}
            pipe = subprocess.PIPE
            process = stack.enter_context(
                subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, text=True)
            )
            watchdog = threading.Timer(SECONDS_TO_LIVE, process.kill)
            watchdog.start()
            stack.callback(watchdog.cancel)
            stack.callback(process.kill)
            return process

        yield start
