"""What every client shares at the command line: arguments, stderr, stdout, exit status.

Poems and lines are written as bytes and flushed at once, so that neither the locale nor a buffer can
change what arrives or when. Exit status: 0 all poems whole, 1 not all, 2 usage; or a signal's.
"""

import os
import re
import signal
import sys
from collections.abc import Sequence
from typing import NamedTuple, NoReturn, TextIO

from slowpoetry.address import Address, UsageError, parse_addresses
from slowpoetry.progress import plain_words

USAGE = "usage: get-poetry [--timeout SECONDS] [host:]port ..."
LONGEST_TIMEOUT = 3600


class Job(NamedTuple):
    """What the command line asks for: poems from these addresses, task 1 first.

    An address that is silent for `timeout` seconds is given up; None: never.
    """

    addresses: list[Address]
    timeout: float | None


def begin() -> Job:
    """Return the job on the command line, or leave with usage and status 2 if it is none."""
    leave_on_signals()
    try:
        return parse_job(sys.argv[1:])
    except UsageError as error:
        report(f"get-poetry: {error}")
        report(USAGE)
        sys.exit(2)


def parse_job(arguments: Sequence[str]) -> Job:
    """Return what `[--timeout SECONDS] [host:]port ...` asks for, or raise UsageError."""
    if not arguments or arguments[0] != "--timeout":
        return Job(parse_addresses(arguments), None)
    timeout = _seconds("".join(arguments[1:2]))
    return Job(parse_addresses(arguments[2:]), timeout)


def _seconds(text: str) -> float:
    # float() alone would also take "1e3", "inf" and digits of other scripts.
    if not (re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) and 0 < float(text) <= LONGEST_TIMEOUT):
        raise UsageError(f"bad timeout {text!r}: no number of seconds above 0, up to {LONGEST_TIMEOUT}")
    return float(text)


def leave_on_signals() -> None:
    """Let Ctrl-C and SIGTERM end the program at once, 130 and 143 to a shell: no loop to unwind, nothing to flush."""
    # By the system, which closes the connections too. A handler in Python would wait for the main thread, and that may
    # be deep in a call: a name being looked up, a read that began just then.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def report(line: str) -> None:
    """Write one whole line to stderr; if stderr is closed, leave with status 1."""
    try:
        _write(sys.stderr, os.fsencode(line) + b"\n")
    except OSError:
        os._exit(1)


def print_poem(poem: bytes) -> None:
    """Write a poem and one newline to stdout; if stdout takes no more, leave with status 1."""
    try:
        _write(sys.stdout, poem + b"\n")
    except BrokenPipeError:
        # Nobody reads any more. A plain exit would flush the closed pipe once again, and complain.
        os._exit(1)
    except OSError as error:
        report(f"get-poetry: cannot print: {plain_words(error)}")
        os._exit(1)


def end(outcomes: list[bool]) -> NoReturn:
    """Leave with status 0 if every task's poem came whole, else 1."""
    sys.exit(0 if all(outcomes) else 1)


def _write(stream: TextIO | None, data: bytes) -> None:
    if stream is None:  # closed before we were started
        raise BrokenPipeError
    stream.buffer.write(data)
    stream.buffer.flush()
