"""How a client breaks the contract: every breach with its code, sentence and advice, and how it is recognised.

A new reason code is one `Breach` in one of these modules, at its place in `BREACHES`, and a word in the table of
docs/client-contract.md.
"""

from __future__ import annotations

from harness.judge.breaches.breach import Axes, Breach
from harness.judge.breaches.ending import ENDING
from harness.judge.breaches.failing import GAVE_UP_TOO_SOON, HANGING_UP, TRUNCATION_SWALLOWED
from harness.judge.breaches.not_fetched import NOT_FETCHED
from harness.judge.breaches.output import OUTPUT
from harness.judge.breaches.stopping import STACK_TRACE, STOPPING, WHOLE_POEM_LOST
from harness.judge.breaches.telling import EXIT_LIES, TELLING
from harness.judge.breaches.too_many_connections import TOO_MANY_CONNECTIONS
from harness.record.evidence import Evidence

# In this order: the first one found is the cell's.  A client that breaks off early breaks what comes later as well.
BREACHES: tuple[Breach, ...] = (
    TOO_MANY_CONNECTIONS,
    *ENDING,
    *STOPPING,
    GAVE_UP_TOO_SOON,
    WHOLE_POEM_LOST,
    *OUTPUT,
    NOT_FETCHED,
    TRUNCATION_SWALLOWED,
    *HANGING_UP,
    EXIT_LIES,
    STACK_TRACE,
    *TELLING,
)
BY_CODE = {breach.code: breach for breach in BREACHES}

__all__ = ["BREACHES", "BY_CODE", "Axes", "Breach", "first_breach"]


def first_breach(evidence: Evidence, axes: Axes) -> tuple[Breach, str] | None:
    """The first breach that the evidence shows, with the verdict's sentence; None if the client kept the contract."""
    for breach in BREACHES:
        sentence = breach.find(evidence, axes)
        if sentence is not None:
            return breach, sentence
    return None
