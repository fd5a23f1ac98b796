"""What can stop a task of the lab, each with its exit status."""

from __future__ import annotations


class LabError(Exception):
    """The lab or the container engine failed; the message says what to do."""

    status = 4


class UsageError(LabError):
    """A bad option, manifest, scenario or run folder; the message names it."""

    status = 2


class NothingSelected(LabError):
    """The selection left no cell to run."""

    status = 3


class Interrupted(BaseException):
    """A signal asked us to stop: exit status 128 + its number."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.status = 128 + signum
