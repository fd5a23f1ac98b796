"""What the seed text says of its systems, put to the test: each claim is a pure function of recorded data.

`records` is what they are functions of; `comparing` answers from cells of a compare, `lessons` from the lessons'
output, `services` from what was recorded of running servers; `gather` runs all that is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.claims.records import Records, Unobserved

HOLDS = "holds"
LIMITED = "holds within limits"
FAILS = "does not hold"
UNSEEN = "cannot be observed"
ANSWERS = (HOLDS, LIMITED, FAILS, UNSEEN)


@dataclass(frozen=True)
class Answer:
    """One of `ANSWERS`, a line of observed figures, and where the evidence lies: paths within the run's folder."""

    answer: str
    figures: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Claim:
    """A sentence of the seed in our words, with its part, and the check that answers it."""

    id: str
    part: int
    text: str
    check: Callable[[Records], Answer]

    def answer(self, records: Records) -> Answer:
        """What the records say of it."""
        try:
            return self.check(records)
        except Unobserved as error:
            return Answer(UNSEEN, str(error), error.evidence)
        except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            # Not what the lab records: cut short, or changed by hand.
            return Answer(UNSEEN, f"its records cannot be understood: {error!r}", ())


def answered(true: bool, figures: str, evidence: tuple[str, ...], *, limit: bool = False) -> Answer:
    """It holds or does not; where it holds, within a limit that the figures name, or without."""
    return Answer((LIMITED if limit else HOLDS) if true else FAILS, figures, evidence)
