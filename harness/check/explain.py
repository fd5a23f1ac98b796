"""A failed cell explained to the author of the client: what the servers saw, where it went wrong, what to do.

A pure function of the recorded evidence and the judgement on it.  It speaks to the author as if to the client: "you
have read 120 bytes".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from harness.check.lanes import picture
from harness.check.server_account import account, capitalised, ending, shown_tasks
from harness.judge.breaches import BY_CODE
from harness.judge.verdict import Judgement
from harness.record.evidence import Evidence


@dataclass(frozen=True)
class Explanation:
    """Why a cell failed, in parts; "" for a part that is missing.

    `fault` says what is wrong, `seen` what each server saw, `ended` how the client ended; then come the first
    difference and the advice.  `evidence` is what the picture is drawn from.
    """

    fault: str
    seen: str = ""
    ended: str = ""
    difference: str = ""
    advice: str = ""
    evidence: Evidence | None = field(default=None, repr=False)

    @property
    def account(self) -> str:
        """All that happened."""
        return joined(self.fault, self.seen, self.ended)

    @property
    def brief(self) -> str:
        """One paragraph: what is wrong and what to do."""
        return joined(self.fault, self.difference, self.ended, self.advice)

    @property
    def kind(self) -> str:
        """The first sentence of the advice without its numbers: the same for the same kind of mistake."""
        first = re.split(r"(?<=[.?:]) ", self.advice)[0]
        first = re.sub(r"\d+(, \d+)*( and \d+)?( more)?", "N", first)
        return first.replace("poems N", "poem N").replace("addresses N", "address N")

    def picture(self, width: int) -> list[str]:
        """The lanes of the tasks, at most `width` columns wide; [] if there is nothing to draw."""
        return picture(self.evidence, shown_tasks(self.evidence), width) if self.evidence else []


def joined(*sentences: str) -> str:
    """The sentences that are there, in one paragraph."""
    return " ".join(filter(None, sentences))


def explain(evidence: Evidence, judgement: Judgement) -> Explanation:
    """Explain a cell that did not pass."""
    if judgement.verdict == "lab-error":
        sentence = f"{capitalised(judgement.sentence)}. This is the lab's fault, not yours."
        return Explanation(sentence, advice="Run it again when the machine has less to do.")
    breach, difference = BY_CODE[judgement.code], evidence.stdout_poems.difference
    fault = f"{capitalised(judgement.sentence)}."
    if breach.lead and (lead := breach.lead(evidence)) is not None:
        fault = lead
    shown = ""
    if breach.shows_bytes and difference is not None and difference.got:
        fault, shown = "", f"First difference: {judgement.sentence}."
    return Explanation(
        fault, joined(*account(evidence)), joined(*ending(evidence)), shown, breach.advice(evidence), evidence
    )
