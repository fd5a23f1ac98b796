"""The axes of comparison: pure functions from the evidence of a cell to what it shows.

Each axis is a tuple of the values that the evidence allows.  One value is an observation; several mean that this
scenario cannot tell them apart; none, that it does not touch the axis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.judge.axes.failing import cut_poem, exit_, failures, giving_up, isolation, stopping, truncation
from harness.judge.axes.printing import bytes_, delivery, order
from harness.judge.axes.reporting import flush, grain, progress
from harness.judge.axes.values import Values
from harness.judge.axes.waiting import connects, reads
from harness.record.evidence import Evidence

AXES: dict[str, Callable[[Evidence], Values]] = {
    "bytes": bytes_,
    "connects": connects,
    "reads": reads,
    "grain": grain,
    "flush": flush,
    "delivery": delivery,
    "order": order,
    "isolation": isolation,
    "truncation": truncation,
    "cut_poem": cut_poem,
    "giving_up": giving_up,
    "stopping": stopping,
    "failures": failures,
    "progress": progress,
    "exit": exit_,
}
AT_EASE = ("reads", "grain", "flush", "delivery", "order")  # not to be seen of a client that is disturbed or held up


def observe(evidence: Evidence) -> dict[str, Sequence[str]]:
    """All axes of one cell."""
    untouched = () if evidence.at_ease else AT_EASE
    return {name: [] if name in untouched else list(axis(evidence)) for name, axis in AXES.items()}
