"""Many compares at once, on one machine and one engine."""

from __future__ import annotations

from random import Random

from harness.audit.ordeals.arena import Arena
from harness.audit.ordeals.ordeal import Trials
from harness.judge.verdict import LATE_BUDGET_MS


class UnhurriedArena(Arena):
    """Its scenarios run at their own pace, because this ordeal tests what a crowd does to times."""

    pace = 1.0


def crowd(arena: Arena, random: Random, count: int) -> Trials:
    """Run `count` compares at once, with the usual budget for late servers; nothing is random."""
    usual, arena.late_budget = arena.late_budget, LATE_BUDGET_MS
    labs = [arena.start() for _ in range(count)]
    arena.late_budget = usual
    for lab in labs:
        yield arena.outcome(lab, f"one of {count} at once")
