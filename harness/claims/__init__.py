"""Claims: sentences of the seed text that the lab tests.  Each is answered by a pure function of recorded data.

`records` reads that data; `comparing` answers from the cells of a compare, `lessons` from the output of the lessons,
`services` from the records of running services; `gather` runs everything that the claims need.
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
    """One of `ANSWERS`, the observed figures in one line, and the evidence as paths within the run's folder."""

    answer: str
    figures: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Claim:
    """A sentence of the seed, reworded, with its part of the seed, and the check that answers it."""

    id: str
    part: int
    text: str
    check: Callable[[Records], Answer]

    def answer(self, records: Records) -> Answer:
        """The answer that the records give."""
        try:
            return self.check(records)
        except Unobserved as error:
            return Answer(UNSEEN, str(error), error.evidence)
        except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            # The lab does not write such records: they were cut short or changed by hand.
            what = f"{error} is missing" if isinstance(error, KeyError) else "a value is not as the lab writes it"
            return Answer(UNSEEN, f"the records are damaged, or were changed by hand: {what}", ())


def answered(true: bool, figures: str, evidence: tuple[str, ...], *, limit: bool = False) -> Answer:
    """The answer to a claim that is `true` or not; with `limit` it holds within a limit that the figures name."""
    return Answer((LIMITED if limit else HOLDS) if true else FAILS, figures, evidence)
