"""A client that got no processor in time is not blamed for what it did late, and for nothing else is it excused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evidence_maker import LAG, START, TRIO, client, evidence, in_turn, printed, told

from harness.backend import Exit
from harness.judge.axes.axis import MARGIN, TIE
from harness.judge.starved import LEAST, SHARE
from harness.judge.verdict import judge
from harness.record.evidence import Evidence

SPAN = evidence(TRIO).last_done - START
ENOUGH = max(LEAST, SHARE * SPAN)
TIMED_OUT = evidence(TRIO, stopped="timeout", exit_=Exit(None, signal=9))
TOO_LONG = max(
    LEAST, SHARE * (TIMED_OUT.recording.ended - TIMED_OUT.recording.started)
)  # the lab stopped it, so all its time counts
SLOW_START = replace(TIMED_OUT, recording=replace(TIMED_OUT.recording, started=START - 20, ended=START + SPAN))
WRONG_BYTES = evidence(TRIO, stdout=[(START + SPAN, b"something else\n")])


def starved(made: Evidence, *spells: tuple[float, float]) -> Evidence:
    """The evidence of a client that got no processor in these spells: (end after the first accept, length), seconds."""
    return replace(made, recording=replace(made.recording, starved=[(START + end, length) for end, length in spells]))


@pytest.mark.parametrize(
    ("made", "traits", "verdict", "reason"),
    [
        (starved(TIMED_OUT, (SPAN, TOO_LONG)), {}, "lab-error", "starved"),
        (starved(TIMED_OUT, (SPAN, 0.9 * TOO_LONG)), {}, "timeout", "killed-at-limit"),
        # Several spells add up.
        (starved(TIMED_OUT, (SPAN, TOO_LONG / 2), (SPAN / 2, TOO_LONG / 2)), {}, "lab-error", "starved"),
        (starved(TIMED_OUT, (0.0, 5.0)), {}, "timeout", "killed-at-limit"),
        # The limit counts from the start, so that what keeps a client from connecting counts, too.
        (starved(SLOW_START, (0.0, 18.0)), {}, "lab-error", "starved"),
        (starved(SLOW_START, (0.0, 8.0)), {}, "timeout", "killed-at-limit"),
        # Wrong bytes are wrong at any speed.
        (starved(WRONG_BYTES, (SPAN, ENOUGH)), {}, "fail", None),
        # What is as declared needs no excuse.
        (starved(evidence(TRIO), (SPAN, ENOUGH)), {}, "pass", "as-declared"),
    ],
)
def test_starvation_excuses_only_what_it_can_cause(made: Evidence, traits: dict, verdict: str, reason: str) -> None:
    judged = judge(client(**traits), made)
    assert judged.verdict == verdict
    assert reason in (None, judged.code)
    assert judged.code != "starved" or judged.expected is False


DONE = {task: evidence(TRIO).done(task) or 0.0 for task in (1, 2, 3)}
LAST = DONE[1]
LONGEST = max(one.times[-1] - one.times[0] for one in evidence(TRIO).log.connections)
AT_END = evidence(TRIO, stdout=printed(TRIO, {2: LAST + LAG, 3: LAST + LAG, 1: LAST + LAG}))
AS_GIVEN = evidence(TRIO, stdout=printed(TRIO, {1: LAST + LAG, 2: LAST + 2 * LAG, 3: LAST + 3 * LAG}))


@pytest.mark.parametrize(
    ("made", "traits", "code", "needed"),
    [
        # The first poem is done so long before the last; 0.1 s of that say nothing.
        (AT_END, {}, "trait-delivery", DONE[1] - DONE[2] - MARGIN),
        # The first argument is done so long after the second; a tie of that says nothing.
        (AS_GIVEN, {"delivery": "at-end"}, "trait-order", DONE[1] - DONE[2] - TIE),
        # The reports are late by 0.5 s; 0.34 s of that, a quarter of the time of the sends, are live.
        (evidence(TRIO, stderr=told(evidence(TRIO), lag=0.5)), {}, "trait-flush", 0.18),
        # The third call comes when two poems have ended.
        (evidence(TRIO, accepts=in_turn(TRIO)), {}, "trait-connects", DONE[1] + DONE[2] - 2 * START),
        # However long a client waits, it opens no connection beside another one by that.
        (evidence(TRIO), {"connects": "in-turn"}, "trait-connects", None),
        # After a wait as long as a poem, less 0.1 s, the client may have read it at once.
        (evidence(TRIO, stderr=told(evidence(TRIO), "poem")), {}, "trait-grain", LONGEST - MARGIN),
        # However long a client waits, a line is no read.
        (evidence(TRIO, stderr=told(evidence(TRIO), "line")), {}, "trait-grain", None),
    ],
)
def test_a_trait_is_excused_if_the_wait_was_long_enough_to_change_it(
    made: Evidence, traits: dict, code: str, needed: float | None
) -> None:
    who = client(**traits)
    assert judge(who, made).code == code
    span = made.last_done - START
    if needed is None:
        assert judge(who, starved(made, (span + 10, 10.0))).code == code
    else:
        assert judge(who, starved(made, (span, needed - 0.04))).code == code
        judged = judge(who, starved(made, (span, needed + 0.04)))
        assert (judged.verdict, judged.code, judged.expected) == ("lab-error", "starved", False)


def test_the_sentence_names_what_the_client_would_have_been_blamed_for() -> None:
    assert judge(client(), starved(TIMED_OUT, (SPAN + 1, SPAN))).sentence == (
        f"the client or its recorder got no processor for {SPAN:.1f} s, because other programs used them, so "
        "'killed-at-limit' may not be the client's fault"
    )
