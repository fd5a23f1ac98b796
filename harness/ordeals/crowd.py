"""Many compares at once, on one machine and one engine."""

from __future__ import annotations

from random import Random

from harness.ordeals.arena import Arena
from harness.ordeals.ordeal import Trials


def crowd(arena: Arena, random: Random, count: int) -> Trials:
    """So many at once; nothing of it is random."""
    labs = [arena.start() for _ in range(count)]
    for lab in labs:
        yield arena.outcome(lab, f"one of {count} at once")
