"""A client that got no processor in time is not blamed for what it did late, and for nothing else is it excused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evidence_maker import START, TRIO, client, evidence

from harness.backend import Exit
from harness.judge.starved import LEAST, SHARE, TRAIT_LEAST, TRAIT_SHARE
from harness.judge.verdict import judge
from harness.record.evidence import Evidence

SPAN = evidence(TRIO).last_done - START
ENOUGH = max(LEAST, SHARE * SPAN)
TIMED_OUT = evidence(TRIO, stopped="timeout", exit_=Exit(None, signal=9))
TOO_LONG = max(LEAST, SHARE * (TIMED_OUT.recording.ended - START))  # the lab stopped it, so all its time counts
ENOUGH_FOR_A_TRAIT = max(TRAIT_LEAST, TRAIT_SHARE * SPAN)
WRONG_BYTES = evidence(TRIO, stdout=[(START + SPAN, b"something else\n")])


def starved(made: Evidence, *spells: tuple[float, float]) -> Evidence:
    """The evidence of a client that got no processor in these spells: (end after the first accept, length), seconds."""
    return replace(made, recording=replace(made.recording, starved=[(START + end, length) for end, length in spells]))


@pytest.mark.parametrize(
    ("made", "traits", "verdict", "reason"),
    [
        (starved(TIMED_OUT, (SPAN, TOO_LONG)), {}, "lab-error", "starved"),
        (starved(TIMED_OUT, (SPAN, 0.9 * TOO_LONG)), {}, "timeout", "killed-at-limit"),
        # Several spells add up, but only after the first connection.
        (starved(TIMED_OUT, (SPAN, TOO_LONG / 2), (SPAN / 2, TOO_LONG / 2)), {}, "lab-error", "starved"),
        (starved(TIMED_OUT, (0.0, 5.0)), {}, "timeout", "killed-at-limit"),
        # Wrong bytes are wrong at any speed.
        (starved(WRONG_BYTES, (SPAN, ENOUGH)), {}, "fail", None),
        # A trait may differ after a shorter wait, too; what is as declared needs no excuse.
        (starved(evidence(TRIO), (SPAN, ENOUGH_FOR_A_TRAIT)), {"delivery": "streams"}, "lab-error", "starved"),
        (starved(evidence(TRIO), (SPAN, 0.9 * ENOUGH_FOR_A_TRAIT)), {"delivery": "streams"}, "pass", "trait-delivery"),
        (starved(evidence(TRIO), (SPAN, ENOUGH)), {}, "pass", "as-declared"),
    ],
)
def test_starvation_excuses_only_what_it_can_cause(made: Evidence, traits: dict, verdict: str, reason: str) -> None:
    judged = judge(client(**traits), made)
    assert judged.verdict == verdict
    assert reason in (None, judged.code)
    assert judged.code != "starved" or judged.expected is False


def test_the_sentence_names_what_the_client_would_have_been_blamed_for() -> None:
    assert judge(client(), starved(TIMED_OUT, (SPAN + 1, SPAN))).sentence == (
        f"the client or its recorder got no processor for {SPAN:.1f} s, because other programs used them, so "
        "'killed-at-limit' may not be the client's fault"
    )
