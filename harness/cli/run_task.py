"""How a task of the lab ends: signals, exit statuses, and no traceback for an error that the user can correct."""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from harness.errors import SIGNALS, Interrupted, LabError, stopping
from harness.printable import printable_lines

Given = Mapping[str, Any]  # a task's options by invoke's names for them, and other local names; see tasks.py


def say(line: str) -> None:
    """Tell the user what is going on, on standard error; unprintable characters are escaped."""
    try:
        # In one piece, because several threads may print at the same time.
        print(f"{printable_lines(line)}\n", end="", file=sys.stderr, flush=True)
    except OSError as error:
        if error.errno != errno.EIO:  # then the terminal is closed
            raise


def run_task(task: Callable[[], int]) -> None:
    """Run a task and exit with its status (see `errors`), or with 129, 130 or 143 if a signal stopped it."""
    for number in stopping():
        signal.signal(number, _interrupt)
    try:
        status = task()
        sys.stdout.flush()
    except LabError as error:
        say(f"lab: {error}")
        status = error.status
    except Interrupted as interrupted:
        say(f"lab: stopped by {signal.Signals(interrupted.status - 128).name}")
        status = interrupted.status
    except BrokenPipeError:
        status = output_closed()
    except Exception as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            say(f"lab: {error.filename or 'writing'}: {error.strerror}")
            output_closed()
        else:
            traceback.print_exc()
            say("lab: this is a fault of the lab itself; please report the lines above")
        status = LabError.status
    _ignore_signals()  # everything has ended, so a signal that comes now must not change the status
    sys.exit(status)


def output_closed() -> int:
    """Drop the rest of the output, because nobody reads it (the results are on disk); returns the exit status."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + signal.SIGPIPE


def _interrupt(signum: int, frame: FrameType | None) -> None:
    _ignore_signals()  # after the first signal, a second one must not interrupt the clean-up
    raise Interrupted(signum)


def _ignore_signals() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
