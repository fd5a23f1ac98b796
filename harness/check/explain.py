"""A failed cell explained to the author of the client: what the servers saw, where it went wrong, what to do.

A pure function of the recorded evidence and the judgement on it.  It speaks to the author as if to the client: "you
have read 120 bytes".
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.check.server_account import account, capitalised
from harness.judge.breaches import BY_CODE
from harness.judge.verdict import Judgement
from harness.record.evidence import Evidence


@dataclass(frozen=True)
class Explanation:
    """Its paragraphs: what the servers saw, the first difference, the advice; "" for one that is missing."""

    account: str
    difference: str = ""
    advice: str = ""


def explain(evidence: Evidence, judgement: Judgement) -> Explanation:
    """Explain a cell that did not pass."""
    if judgement.verdict == "lab-error":
        sentence = f"{capitalised(judgement.sentence)}. This is the lab's fault, not yours."
        return Explanation(sentence, advice="Run it again when the machine has less to do.")
    seen = " ".join(account(evidence))
    breach, difference = BY_CODE[judgement.code], evidence.stdout_poems.difference
    if breach.shows_bytes and difference is not None and difference.got:
        return Explanation(seen, f"First difference: {judgement.sentence}.", breach.advice(evidence))
    lead = breach.lead(evidence) if breach.lead else None
    first = f"{capitalised(judgement.sentence)}." if lead is None else lead
    return Explanation(f"{first} {seen}".strip(), advice=breach.advice(evidence))
