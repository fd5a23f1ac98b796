"""The command line that all clients share: arguments, stderr, stdout and exit status.

Poems and lines are written as bytes and flushed at once, so that neither the locale nor a buffer can change
what arrives or when. Exit status: 0 if all poems came whole, 1 if not, 2 for bad usage. A signal ends the
client with the signal's own status.
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

    A task fails if its server is silent for `timeout` seconds; with None it waits for ever.
    """

    addresses: list[Address]
    timeout: float | None


def begin() -> Job:
    """Return the job on the command line; if it is bad, print the usage and exit with status 2."""
    leave_on_signals()
    try:
        return parse_job(sys.argv[1:])
    except UsageError as error:
        report(f"get-poetry: {error}")
        report(USAGE)
        sys.exit(2)


def parse_job(arguments: Sequence[str]) -> Job:
    """Return the job of `[--timeout SECONDS] [host:]port ...`; raise UsageError if the arguments are bad."""
    if not arguments or arguments[0] != "--timeout":
        return Job(parse_addresses(arguments), None)
    timeout = _seconds("".join(arguments[1:2]))
    return Job(parse_addresses(arguments[2:]), timeout)


def _seconds(text: str) -> float:
    # float() alone would accept "1e3", "inf" and digits of other scripts.
    if not (re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) and 0 < float(text) <= LONGEST_TIMEOUT):
        raise UsageError(f"bad timeout {text!r}: not a number of seconds above 0 and at most {LONGEST_TIMEOUT}")
    return float(text)


def leave_on_signals() -> None:
    """Let SIGINT and SIGTERM end the program at once; a shell then sees status 130 or 143."""
    # The system does this and also closes the connections. A handler in Python would run only when the main thread
    # returns from its current call, and that call may take long: a look-up of a name, or a read that has just begun.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def report(line: str) -> None:
    """Write one whole line to stderr; if stderr is closed, exit with status 1."""
    try:
        _write(sys.stderr, os.fsencode(line) + b"\n")
    except OSError:
        os._exit(1)


def print_poem(poem: bytes) -> None:
    """Write a poem and one newline to stdout; if that fails, exit with status 1."""
    try:
        _write(sys.stdout, poem + b"\n")
    except BrokenPipeError:
        # The reader is gone. A normal exit would flush the closed pipe again and print an error.
        os._exit(1)
    except OSError as error:
        report(f"get-poetry: cannot print: {plain_words(error)}")
        os._exit(1)


def end(outcomes: list[bool]) -> NoReturn:
    """Exit with status 0 if every task's poem came whole, else with 1."""
    sys.exit(0 if all(outcomes) else 1)


def _write(stream: TextIO | None, data: bytes) -> None:
    if stream is None:  # it was already closed when the program started
        raise BrokenPipeError
    stream.buffer.write(data)
    stream.buffer.flush()
