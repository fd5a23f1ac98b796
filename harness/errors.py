"""The errors that end a task of the lab, each with its exit status."""

from __future__ import annotations

import signal


class LabError(Exception):
    """The lab or the container engine failed; the message says what to do."""

    status = 4


class UsageError(LabError):
    """A bad option, manifest, scenario or run folder; the message names it."""

    status = 2


class NothingSelected(LabError):
    """The options selected nothing to run."""

    status = 3


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # each of them stops a task


def stopping() -> list[signal.Signals]:
    """Those of `SIGNALS` that stop this task: under nohup, SIGHUP is ignored."""
    return [each for each in SIGNALS if each != signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN]


class Interrupted(BaseException):
    """A signal stopped the task: the exit status is 128 + the signal's number."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.status = 128 + signum
