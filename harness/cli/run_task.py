"""How a task of the lab ends: signals, exit statuses, and no traceback for what a user can mend."""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType

from harness.errors import Interrupted, LabError
from harness.printable import printable_lines


def say(line: str) -> None:
    """Tell the user what is going on, on standard error; whatever the words hold, they do not act on a terminal."""
    # In one piece, for threads of ours may speak at the same time.
    print(f"{printable_lines(line)}\n", end="", file=sys.stderr, flush=True)


def run_task(task: Callable[[], int]) -> None:
    """Run a task and exit with its status: see `errors`; 130 or 143 where a signal stopped it."""
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
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
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            say(f"lab: {error.filename or 'writing'}: {error.strerror}")
            output_closed()
        else:
            traceback.print_exc()
            say("lab: this is a fault of the lab itself; please report the lines above")
        status = LabError.status
    # What there is to end has ended: a signal that comes now must not turn the status.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(status)


def output_closed() -> int:
    """Nobody reads our output any more: drop the rest of it (what is to be kept is on disk); returns the status."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + signal.SIGPIPE


def _interrupt(signum: int, frame: FrameType | None) -> None:
    # Once is enough: a second signal must not break off the cleaning up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Interrupted(signum)
