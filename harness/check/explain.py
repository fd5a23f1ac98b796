"""A failed cell explained to the one who wrote the client: what the servers saw, where it went wrong, what to do.

A pure function of recorded evidence and the judgement on it.  The student is addressed as the client: "you have read
120 bytes".
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.check.advice import advice
from harness.check.server_account import account, capitalised
from harness.judge.verdict import Judgement
from harness.record.evidence import Evidence

LEAD = {  # where the account says the rest, or the verdict's own sentence is not for the client's ears
    "killed-at-limit": "",
    "died-by-signal": "",
    "out-of-memory": "You ran out of the memory that a client is allowed.",
    "not-startable": "The command cannot be started.",
    "refused-arguments": "You took good arguments for bad ones.",
    "too-much-stdout": "You printed far more on standard output than the poems have.",
    "too-much-stderr": "You printed far more on standard error than there is to tell.",
    "too-many-connections": "You connected far more often than there are addresses.",
    "progress-wrong": "The poems are right; the numbers in the progress lines are not.",
}
BYTES = ("bytes-missing", "bytes-extra", "bytes-differ", "poems-mixed", "output-lost")


@dataclass(frozen=True)
class Explanation:
    """Its paragraphs: the servers' account, the first difference, the advice; empty where there is none."""

    account: str
    difference: str = ""
    advice: str = ""


def explain(evidence: Evidence, judgement: Judgement) -> Explanation:
    """Explain a cell that did not pass."""
    if judgement.verdict == "lab-error":
        sentence = f"{capitalised(judgement.sentence)}. That is the lab's fault, not yours."
        return Explanation(sentence, advice="Run it again, with less else to do.")
    told = " ".join(account(evidence))
    what_to_do = advice(judgement.code, evidence)
    difference = evidence.stdout_poems.difference
    if difference is not None and difference.got and judgement.code in BYTES:
        return Explanation(told, f"First difference: {judgement.sentence}.", what_to_do)
    lead = LEAD.get(judgement.code, f"{capitalised(judgement.sentence)}.")
    if difference is not None and judgement.code == "poem-missing":
        lead = f"Poem {difference.task} is missing from standard output."
    if difference is not None and difference.offset and judgement.code == "others-lost":
        lead = f"Poem {difference.task} breaks off at byte {difference.offset}."
    return Explanation(f"{lead} {told}".strip(), advice=what_to_do)
