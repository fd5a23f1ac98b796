"""`kill -9` at a random moment: of the harness, of the server program, of a client, of the network's holder."""

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
    """Kill the server program, which plays all servers of a run."""
    for moment in _moments(arena, random, count):
        lab = arena.start()
        lab.at(moment)
        for pid in lab.once(partial(marked, lab.pid, "servers")) or ():
            _kill(pid)
        yield arena.outcome(lab, f"servers killed after {moment:.3f} s")


def kill_client(arena: Arena, random: Random, count: int) -> Trials:
    """Kill one process of a client; in a container, all of them."""
    for moment in _moments(arena, random, count):
        lab = arena.start()
        lab.at(moment)
        if arena.engine is None:
            if pids := lab.once(partial(marked, lab.pid, "client")):
                _kill(random.choice(pids))
        elif ids := lab.once(partial(_containers, arena.engine, lab, holder=False)):
            kill_container(arena.engine, ids[0])
        yield arena.outcome(lab, f"client killed after {moment:.3f} s", [DIED])


def kill_holder(arena: Arena, random: Random, count: int) -> Trials:
    """Kill the idle container that holds the network of all clients of a run."""
    assert arena.engine is not None
    for moment in _moments(arena, random, count):
        lab = arena.start()
        lab.at(moment)
        for container in lab.once(partial(_containers, arena.engine, lab, holder=True)) or ():
            kill_container(arena.engine, container)
        yield arena.outcome(lab, f"holder killed after {moment:.3f} s")


def _moments(arena: Arena, random: Random, count: int) -> Iterator[float]:
    # Drawn one by one, because the arena corrects the length of a run after each trial.
    return (random.uniform(0, arena.seconds) for _ in range(count))


def _containers(engine: str, lab: Disturbed, *, holder: bool) -> list[str]:
    return [one for one, command in containers(engine, lab.pid).items() if ("sleep infinity" in command) == holder]


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
