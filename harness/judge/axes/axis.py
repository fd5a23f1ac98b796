"""What an axis of comparison is, and the measures that several axes share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.record.evidence import Evidence

Values = tuple[str, ...]

MARGIN = 0.1  # seconds: a chance to act differently counts only if it is at least this long
TIE = 0.05  # seconds: poems that are done closer together than this may come in either order
STILL = 0.5  # seconds: a poem with no new bytes for so long stands still
PIPE = 1 << 16  # bytes that a pipe holds


@dataclass(frozen=True)
class Axis:
    """One thing that is compared.

    `observe` gives the values that the evidence allows: one is an observation, several mean that this scenario cannot
    tell them apart, none that it says nothing about this axis.  `sayings` has for each value what it says about a
    client; a value without one is shown as it is.

    A `trait` is part of a client's character, and its manifest declares it; other axes say what a client makes of a
    failure.  An axis that needs the client `at_ease` is not observed while the lab signals it or reads its output
    slowly.
    """

    name: str
    observe: Callable[[Evidence], Values]
    sayings: Mapping[str, str]
    trait: bool = False
    at_ease: bool = False
