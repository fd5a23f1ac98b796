"""An ordeal: a way to disturb a compare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from harness.audit.ordeals.arena import Arena
from harness.audit.ordeals.trial import Trial
from harness.errors import LabError

Trials = Iterator[Trial]


class NotHere(LabError):
    """This machine cannot run an ordeal; the message says what is missing."""


@dataclass(frozen=True)
class Ordeal:
    """`hold` yields as many trials as it is told to, each disturbed at a random moment."""

    name: str
    hold: Callable[[Arena, Random, int], Trials]
    backends: tuple[str, ...]
    count: int = 50  # trials on each backend, by default
    arena: Callable[[Path, str], AbstractContextManager[Arena]] = Arena  # from a folder and a backend's name
