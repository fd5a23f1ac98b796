"""A schedule: everything that a slow server does on one connection, as acts with times in seconds after the accept.

A schedule is a tuple of `Act`s in the order of their times.  Its last act ends the connection or stops sending.  As
text it has one line per act: ``SECONDS send BYTES``, or ``SECONDS`` and ``close``, ``fin``, ``reset`` or ``stall``.  A
server in any language can read this.  Source: the slow server of the seed, whose ``--num-bytes`` and ``--delay`` are
parameters of `even_schedule` here.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["send", "close", "fin", "reset", "stall"]
LAST: tuple[Kind, ...] = ("close", "fin", "reset", "stall")
WHOLE: tuple[Kind, ...] = ("close", "fin")  # the acts that a client takes as the end of the poem
LONGEST = 86400.0  # seconds that a schedule may take: one day


@dataclass(frozen=True)
class Act:
    """One act of a server, `at` seconds after the accept: it sends `size` bytes, or it ends.

    With `fin` it ends only its own side of the connection and waits until the client hangs up.  With `stall` it sends
    nothing more and leaves the connection open.
    """

    at: float
    kind: Kind
    size: int = 0


Schedule = tuple[Act, ...]


def even_schedule(
    size: int,
    *,
    num_bytes: int,
    delay: float,
    start: float | None = None,
    jitter: float = 0.0,
    reset_after: int | None = None,
    close_after: int | None = None,
    stall_after: int | None = None,
    half_close: bool = False,
    pause_after: int | None = None,
    pause: float = 0.0,
    rng: random.Random | None = None,
) -> Schedule:
    """Send `size` bytes in chunks of `num_bytes`, with a pause of `delay` seconds before each chunk, then close.

    `start` replaces the first pause.  `jitter` (0 to 1) makes each pause longer or shorter by up to that share, with
    random numbers from `rng`.  With `reset_after` the connection is reset instead, one pause after that many bytes.
    With `close_after` or `stall_after` it closes or stalls together with the last of that many bytes.  With
    `half_close` the server ends only its own side instead of closing.  With `pause_after` there are `pause` more
    seconds before the chunk that follows that many bytes.
    """
    rng = rng or random.Random(0)
    end = min([size, *(after for after in (reset_after, close_after, stall_after) if after is not None)])

    def wait() -> float:
        return delay * (1 + jitter * rng.uniform(-1, 1))

    acts: list[Act] = []
    at = wait() if start is None else start
    for offset in range(0, end, num_bytes):
        if pause_after is not None and offset - num_bytes < pause_after <= offset:
            at += pause
        acts.append(Act(at, "send", min(num_bytes, end - offset)))
        at += wait()
    if reset_after is not None:
        return (*acts, Act(at, "reset"))
    last: Kind = "stall" if stall_after is not None else "fin" if half_close else "close"
    return (*acts, Act(acts[-1].at if acts else start or 0.0, last))


def duration(schedule: Schedule) -> float:
    """Seconds from the accept to the last act."""
    return schedule[-1].at if schedule else 0.0


def scaled(schedule: Schedule, pace: float) -> Schedule:
    """The same acts with every time multiplied by `pace`: 2.0 is twice as slow."""
    return tuple(replace(act, at=act.at * pace) for act in schedule)


def format_schedule(schedule: Schedule) -> str:
    """One line per act, times in seconds with six decimals."""
    return "".join(
        f"{act.at:.6f} {act.kind} {act.size}\n" if act.kind == "send" else f"{act.at:.6f} {act.kind}\n"
        for act in schedule
    )


def parse_act(line: str) -> Act:
    """Read one line of a schedule; a ValueError says what is wrong with it."""
    words = line.split()
    try:
        at = float(words[0])
        kind = words[1]
        if not 0 <= at <= LONGEST:
            raise ValueError
        if kind == "send" and len(words) == 3 and int(words[2]) > 0:
            return Act(at, "send", int(words[2]))
        if kind in LAST and len(words) == 2:
            return Act(at, kind)
    except (IndexError, ValueError):
        pass
    raise ValueError(
        f"not an act of a schedule: {line!r} "
        "(wanted 'SECONDS send BYTES', or 'SECONDS' and 'close', 'fin', 'reset' or 'stall')"
    )


def check_schedule(acts: Iterable[Act], size: int) -> Schedule:
    """Return the acts as a schedule for a poem of `size` bytes; a ValueError says why they cannot be one."""
    schedule = tuple(acts)
    if not schedule or schedule[-1].kind == "send":
        raise ValueError("a schedule must end with 'close', 'fin', 'reset' or 'stall'")
    if any(act.kind != "send" for act in schedule[:-1]):
        raise ValueError("nothing can follow a 'close', a 'fin', a 'reset' or a 'stall'")
    if any(later.at < act.at for act, later in itertools.pairwise(schedule)):
        raise ValueError("the times of a schedule must not go back")
    sent = sum(act.size for act in schedule)
    if sent > size:
        raise ValueError(f"the schedule sends {sent} bytes of a poem of {size}")
    return schedule
