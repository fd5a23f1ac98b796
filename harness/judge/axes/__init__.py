"""The axes of comparison: what one cell shows, each a pure function of its evidence.

A new axis is a function and an `Axis` in one of these modules, in the tuple at the end of the module.  Traits are
declared in manifests, so a new trait needs its values in the manifest's schema as well.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.judge.axes.axis import Axis
from harness.judge.axes.failing import EXIT, FAILING
from harness.judge.axes.printing import BYTES, PRINTING
from harness.judge.axes.reporting import PROGRESS, REPORTING
from harness.judge.axes.waiting import WAITING
from harness.record.evidence import Evidence

# Of the traits that differ from the manifest, the verdict names the first one in this order.
AXES = {axis.name: axis for axis in (BYTES, *WAITING, *REPORTING, *PRINTING, *FAILING, PROGRESS, EXIT)}
TRAITS = [axis for axis in AXES.values() if axis.trait]

__all__ = ["AXES", "FAILING", "TRAITS", "Axis", "observe"]


def observe(evidence: Evidence) -> dict[str, Sequence[str]]:
    """The values of all axes in one cell, by the axes' names."""
    return {
        axis.name: [] if axis.at_ease and not evidence.at_ease else list(axis.observe(evidence))
        for axis in AXES.values()
    }
