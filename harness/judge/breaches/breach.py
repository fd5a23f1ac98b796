"""What a breach of the client contract is, and what several of them need."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.printable import excerpt
from harness.record.evidence import Evidence
from harness.spec.fault import FAULTS

Axes = Mapping[str, Sequence[str]]
LAST_WORDS = 160  # bytes
LISTED = 6  # task numbers that a sentence names
PLURALS = {"address": "addresses"}


@dataclass(frozen=True)
class Breach:
    """One way to break the contract, with everything that the lab says about it.

    `find` gives the sentence of the verdict, or None if the evidence does not show this breach.  `advice` tells the
    author of the client what to change; "" for nothing.  `lead` gives the first sentence of an explanation; if it is
    missing or gives None, this is the sentence of the verdict.  With `shows_bytes` the explanation shows the first
    difference instead.  `timed`: a client that gets no processor in time can show this breach without any fault.
    `own_doing`: late servers are no reason for it.
    """

    code: str
    find: Callable[[Evidence, Axes], str | None]
    advice: Callable[[Evidence], str]
    verdict: str = "fail"
    lead: Callable[[Evidence], str | None] | None = None
    shows_bytes: bool = False
    timed: bool = False
    own_doing: bool = False


def named(noun: str, tasks: Iterable[int]) -> str:
    """`no poem`, `poem 2`, `poems 2 and 3`, `addresses 1, 2, 3, 4, 5, 6 and 10 more`."""
    numbers = [str(task) for task in tasks]
    if len(numbers) < 2:
        return f"{noun} {numbers[0]}" if numbers else f"no {noun}"
    shown = numbers[:LISTED]
    last = f"{len(numbers) - LISTED} more" if len(numbers) > LISTED else shown.pop()
    return f"{PLURALS.get(noun, f'{noun}s')} {', '.join(shown)} and {last}"


def failure_form(evidence: Evidence, task: int) -> str:
    """The line on standard error that reports the failure of this task, quoted."""
    return f"`Task {task}: failed: {FAULTS[evidence.faults[task]].failure} (HOST:PORT)`"


def signal_name(number: int) -> str:
    """`SIGSEGV`; `signal 99` if the number has no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def last_words(stderr: bytes) -> str:
    """The end of the last line on standard error that is not a progress line, quoted; "" if there is none."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip() and b": got " not in line]
    return excerpt(lines[-1][-LAST_WORDS:], LAST_WORDS) if lines else ""
