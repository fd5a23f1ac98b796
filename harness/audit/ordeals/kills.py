"""`kill -9` at a random moment: of the harness, of the server program, of a client."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from random import Random

from harness.audit.ordeals.arena import Arena, Disturbed
from harness.audit.ordeals.ordeal import Trials
from harness.audit.ordeals.remains import containers, kill_container, marked

DIED = ("crash", "died-by-signal")


def kill_harness(arena: Arena, random: Random, count: int) -> Trials:
    """Kill the lab itself, at any moment of a run."""
    for moment in _moments(arena, random, count):
        lab = arena.start()
        lab.at(moment)
        lab.process.kill()
        yield arena.outcome(lab, f"harness killed after {moment:.3f} s")


def kill_servers(arena: Arena, random: Random, count: int) -> Trials:
    """Kill a server program; in a container, the whole pod."""
    for moment in _moments(arena, random, count):
        lab = arena.start()
        lab.at(moment)
        _kill_one(arena, random, lab, "servers")
        yield arena.outcome(lab, f"servers killed after {moment:.3f} s")


def kill_client(arena: Arena, random: Random, count: int) -> Trials:
    """Kill one process of a client; in a container, all of them."""
    for moment in _moments(arena, random, count):
        lab = arena.start()
        lab.at(moment)
        _kill_one(arena, random, lab, "client")
        yield arena.outcome(lab, f"client killed after {moment:.3f} s", [DIED])


def _moments(arena: Arena, random: Random, count: int) -> Iterator[float]:
    # Drawn one by one, because the arena corrects the length of a run after each trial.
    return (random.uniform(0, arena.seconds) for _ in range(count))


def _kill_one(arena: Arena, random: Random, lab: Disturbed, role: str) -> None:
    if arena.engine is None:
        if pids := lab.once(partial(marked, lab.pid, role)):
            _kill(random.choice(pids))
    elif ids := lab.once(partial(containers, arena.engine, lab.pid, role)):
        kill_container(arena.engine, random.choice(ids))


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
