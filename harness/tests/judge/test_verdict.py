"""The verdict: for each reason code, evidence that earns it, and evidence that only just does not."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from evidence_maker import (
    HALF_CLOSE,
    LAG,
    ONE_DOWN,
    PAUSE,
    PEAR,
    RESET,
    ROSE,
    STALL,
    START,
    TRIO,
    TYGER,
    client,
    evidence,
    got,
    in_turn,
    play,
    printed,
    scenario,
    server,
    told,
    wild,
)

from harness.backend import Exit
from harness.judge.breaches import BY_CODE
from harness.judge.verdict import Judgement, judge
from harness.record.evidence import Evidence
from harness.record.send_log import Connection, SendLog
from harness.spec.scenario import ONE_READ

HONEST = evidence(TRIO)
DONE = {task: (HONEST.done(task) or 0.0) + LAG for task in (1, 2, 3)}
END = max(DONE.values())
DEAD = ({"accepts": {}, "stdout": [], "stderr": []}, TRIO)


def stalled_for(seconds: float) -> SendLog:
    """The servers of STALL, hung up on so long after the last byte."""
    log = play(STALL)
    connection = log.of_task(1)
    connection.ended = connection.last + seconds
    return log


def paused(waited: bool) -> SendLog:
    """The servers of PAUSE, given up at once or waited for."""
    log = play(PAUSE)
    connection = log.of_task(1)
    connection.half_closed, connection.how = (None, "close") if waited else (connection.last + 0.1, "hang-up")
    return log


def left_open() -> SendLog:
    """The servers of HALF_CLOSE, the first one hung up on at the end of all."""
    log = play(HALF_CLOSE)
    log.of_task(1).ended = START + 2.0
    return log


def gave_up() -> SendLog:
    """The servers of ONE_DOWN, hung up on when the second address refused."""
    log = play(ONE_DOWN)
    connection = log.of_task(1)
    connection.ends, connection.times = connection.ends[:1], connection.times[:1]
    connection.ended, connection.how = connection.times[0] + LAG, "hang-up"
    return log


def output(text: bytes, made=TRIO, **more) -> Evidence:
    """All of standard output in one piece, as soon as the first poem is done."""
    return evidence(made, stdout=[(DONE[2], text)], **more)


def never_connected(exit_: Exit, words: bytes = b"no such file") -> Evidence:
    return evidence(TRIO, accepts={}, stdout=[], stderr=[(START, words)], exit_=exit_)


def code(made: Evidence, **traits) -> str:
    return judge(client(**traits), made).code


def swarm(connections: int, lateness: float = 0.0) -> Evidence:
    """All is well but that there were so many connections to the second address."""
    once = play(TRIO)
    more = [Connection(None, START, server=2) for _ in range(connections - 1)]
    return evidence(TRIO, log=SendLog([*once.connections, *more], [lateness]))


def cut_short() -> SendLog:
    """The servers had sent all but the end of a poem when the client hung up."""
    log = evidence(TRIO).log
    log.connections[0].ends[-1] -= 1
    return log


A, B, C = (poem + b"\n" for poem in (ROSE, TYGER, PEAR))

EARNED = [
    (evidence(TRIO), "pass", "as-declared"),
    (evidence(ONE_DOWN), "pass", "as-declared"),
    (evidence(RESET), "pass", "as-declared"),
    (evidence(TRIO, accepts={}, stderr=[]), "fail", "not-fetched"),
    (evidence(TRIO, log=cut_short()), "fail", "not-fetched"),
    (evidence(TRIO, lateness=[0.0201]), "lab-error", "servers-late"),
    (evidence(TRIO, lateness=[0.02]), "pass", "as-declared"),
    (evidence(TRIO, lateness=[0.0] * 99 + [9.0]), "pass", "as-declared"),
    (swarm(10), "pass", "trait-connects"),
    (swarm(11), "fail", "too-many-connections"),
    (swarm(11, lateness=9.0), "fail", "too-many-connections"),
    (evidence(TRIO, lateness=[9.0], exit_=Exit(137, out_of_memory=True)), "crash", "out-of-memory"),
    (evidence(TRIO, lateness=[9.0], stopped="too-much-stdout", exit_=Exit(None, signal=9)), "fail", "too-much-stdout"),
    (evidence(TRIO, lateness=[9.0], exit_=Exit(None, signal=11)), "lab-error", "servers-late"),
    # Where clients are told to give up, one chunk that late is enough to make them.
    (evidence(STALL, log=stalled_for(0.5), lateness=[0.0] * 99 + [0.25]), "lab-error", "servers-late"),
    (evidence(STALL, log=stalled_for(0.5), lateness=[0.0] * 99 + [0.24]), "pass", "as-declared"),
    (evidence(TRIO, stopped="timeout", exit_=Exit(None, signal=9)), "timeout", "killed-at-limit"),
    (evidence(TRIO, stopped="too-much-stdout", exit_=Exit(None, signal=9)), "fail", "too-much-stdout"),
    (evidence(TRIO, stopped="too-much-stderr", exit_=Exit(None, signal=9)), "fail", "too-much-stderr"),
    (evidence(TRIO, exit_=Exit(137, out_of_memory=True)), "crash", "out-of-memory"),
    (evidence(TRIO, exit_=Exit(None, signal=11)), "crash", "died-by-signal"),
    (never_connected(Exit(127)), "build-failed", "not-startable"),
    (never_connected(Exit(126)), "build-failed", "not-startable"),
    (evidence(TRIO, status=127), "fail", "exit-lies"),
    (never_connected(Exit(2)), "fail", "refused-arguments"),
    (evidence(TRIO, status=2), "fail", "exit-lies"),
    (never_connected(Exit(1)), "fail", "poem-missing"),
    (evidence(ONE_DOWN, log=gave_up(), stdout=[]), "fail", "others-lost"),
    (evidence(ONE_DOWN, stdout=[], failures=[]), "fail", "others-lost"),
    (evidence(ONE_DOWN, stdout=[]), "fail", "poem-missing"),  # it read all, and told the failure
    (output(ROSE[:9], ONE_DOWN, log=gave_up()), "fail", "others-lost"),
    (output(ROSE[:9], ONE_DOWN), "fail", "poem-cut-short"),
    (output(A.replace(b"sick", b"sck"), ONE_DOWN), "fail", "bytes-missing"),
    (output(B + C), "fail", "poem-missing"),
    (output(B + C + A[:-1]), "fail", "bytes-missing"),
    (output(B + C + A.replace(b"worm", b"wrm")), "fail", "bytes-missing"),
    (output(B + C + A.replace(b"worm", b"woorm")), "fail", "bytes-extra"),
    (output(B + C + A + b"\n"), "fail", "bytes-extra"),
    (output(B[:20] + C[:20] + B[20:] + C[20:] + A), "fail", "poems-mixed"),
    (output(B + C + A.replace(b"worm", b"WORM")), "fail", "bytes-differ"),
    (evidence(RESET, failures=[], status=0), "fail", "truncation-swallowed"),
    (evidence(STALL, failures=[], status=0), "fail", "truncation-swallowed"),
    (evidence(STALL, stdout=[], failures=[]), "fail", "others-lost"),
    (evidence(STALL, log=stalled_for(0.3)), "fail", "gave-up-early"),
    (evidence(STALL, log=stalled_for(1.2)), "fail", "gave-up-late"),
    (evidence(STALL, log=stalled_for(1.2), stopped="timeout"), "timeout", "killed-at-limit"),
    (evidence(STALL), "pass", "as-declared"),
    (evidence(PAUSE), "pass", "as-declared"),
    (evidence(PAUSE, failures=[], status=0), "fail", "truncation-swallowed"),
    (evidence(PAUSE, log=paused(waited=True), failures=[], status=0), "fail", "gave-up-late"),
    (evidence(PAUSE, log=paused(waited=False)), "fail", "gave-up-early"),
    (evidence(HALF_CLOSE), "pass", "as-declared"),
    (evidence(HALF_CLOSE, log=left_open()), "fail", "left-open"),
    (evidence(RESET, failures=[], status=1), "fail", "failure-not-named"),
    (evidence(RESET, failures=[2], status=0), "fail", "exit-lies"),
    (evidence(TRIO, status=1), "fail", "exit-lies"),
    (evidence(ONE_DOWN, status=0), "fail", "exit-lies"),
    (evidence(TRIO, failures=[1]), "fail", "failure-not-named"),
    (evidence(TRIO, stderr=told(HONEST)[:-1]), "fail", "progress-wrong"),
    (evidence(TRIO, stderr=[*told(HONEST), (END, got(1, 1))]), "fail", "progress-wrong"),
    (evidence(TRIO, accepts=in_turn(TRIO)), "pass", "trait-connects"),
    (evidence(TRIO, stderr=told(HONEST, "line")), "pass", "trait-grain"),
    (evidence(TRIO, stderr=told(HONEST, lag=0.6)), "pass", "trait-flush"),
    (evidence(TRIO, stdout=printed(TRIO, dict.fromkeys((2, 3, 1), END))), "pass", "trait-delivery"),
    (evidence(TRIO, stdout=printed(TRIO, {**DONE, 2: DONE[3] + LAG})), "pass", "trait-order"),
]


@pytest.mark.parametrize(("made", "verdict", "reason"), EARNED, ids=[f"{i}-{c}" for i, (_, _, c) in enumerate(EARNED)])
def test_evidence_earns_its_verdict_and_reason(made, verdict, reason):
    judgement = judge(client(), made)
    assert (judgement.verdict, judgement.code, judgement.expected) == (verdict, reason, reason == "as-declared")


@pytest.mark.parametrize(
    ("made", "traits"),
    [
        (evidence(TRIO, accepts=in_turn(TRIO)), {"connects": "in-turn"}),
        (evidence(TRIO, stderr=told(HONEST, "line")), {"grain": "line"}),
        (evidence(TRIO, stderr=told(HONEST, "poem")), {"grain": "poem"}),
        (evidence(TRIO, stderr=[]), {"grain": "silent", "flush": None}),
        (evidence(TRIO, stderr=told(HONEST, lag=0.6)), {"flush": "held-back"}),
        (evidence(TRIO, stdout=printed(TRIO, dict.fromkeys((2, 3, 1), END))), {"delivery": "at-end"}),
        (evidence(TRIO, stdout=printed(TRIO, {**DONE, 2: START + 0.5})), {"delivery": "streams"}),
        (evidence(TRIO, stdout=[(END, A + B + C)]), {"delivery": "at-end", "order": "arguments"}),
        (evidence(TRIO, stdout=[(END, A + C + B)]), {"delivery": "at-end", "order": "reverse-completion"}),
    ],
)
def test_a_character_is_no_fault_where_it_is_declared_and_one_where_it_is_not(made, traits):
    assert code(made, **traits) == "as-declared"
    assert code(made).startswith("trait-")


def test_a_live_client_that_turns_the_chunks_round_in_their_twos_is_caught():
    lines = told(HONEST)
    swapped = [(at, line) for (at, _), (_, line) in zip(lines, reversed(lines), strict=True)]
    assert code(evidence(TRIO, stderr=swapped)) == "order-not-as-sent"


def test_the_order_of_chunks_that_wait_in_sockets_is_no_fault():
    for size, expected in ((ONE_READ, "order-not-as-sent"), (ONE_READ + 1, "as-declared")):
        flooded = scenario(*TRIO.servers, server(bytes(3 * size), size, 0.1))
        lines = told(evidence(flooded))
        swapped = [(at, line) for (at, _), (_, line) in zip(lines, reversed(lines), strict=True)]
        assert code(evidence(flooded, stderr=swapped)) == expected


def test_chunks_seen_late_but_in_the_order_sent_are_no_other_order():
    assert code(evidence(TRIO, stderr=told(HONEST, lag=0.1))) == "as-declared"


def test_few_pairs_say_nothing_about_the_order():
    few = scenario(server(ROSE, 30, 0.3), server(TYGER, 30, 0.31))
    lines = told(evidence(few))
    by_task = sorted((line for _, line in lines), key=lambda line: line[:6], reverse=True)
    swapped = [(at, line) for (at, _), line in zip(lines, by_task, strict=True)]
    assert judge(client(), evidence(few, stderr=swapped)).metrics["order"] < 0.9
    assert code(evidence(few, stderr=swapped)) == "as-declared"


def test_a_client_declared_to_hold_its_reports_back_may_give_them_poem_by_poem():
    lines = [(END, line) for _, line in sorted(told(HONEST), key=lambda piece: piece[1][:6])]
    judgement = judge(client(flush="held-back"), evidence(TRIO, stderr=lines))
    assert judgement.metrics["order"] < 0.9
    assert judgement.code == "as-declared"


def test_who_gave_up_too_late_is_told_when_and_what_it_was_told():
    judgement = judge(client(), evidence(STALL, log=stalled_for(1.2)))
    assert judgement.sentence == (
        "it closed the connection of task 1 1.20 s after the last byte, although the timeout is 0.5 s"
    )
    assert judgement.metrics["gave_up_s"] == 1.2
    assert judge(client(), HONEST).metrics["gave_up_s"] is None


def test_a_known_failure_is_expected_and_its_reason_is_told():
    judgement = judge(client([("made", "truncation-swallowed")]), evidence(RESET, failures=[], status=0))
    assert (judgement.verdict, judgement.expected) == ("fail", True)
    assert "known: as it is" in judgement.sentence


def test_of_two_breaks_the_one_that_was_swallowed_is_told():
    broken = server(TYGER, 7, 0.1, reset_after=35, name="tyger")
    judgement = judge(client(), evidence(scenario(broken, replace(broken, name="second")), failures=[1], status=0))
    assert judgement.code == "truncation-swallowed"
    assert judgement.sentence.startswith("poem 2 was reset after 35 of")


@pytest.mark.parametrize("known", [("made", "exit-lies"), ("elsewhere", "truncation-swallowed")])
def test_a_failure_known_by_another_code_or_in_another_scenario_is_not_expected(known):
    assert not judge(client([known]), evidence(RESET, failures=[], status=0)).expected


def test_a_known_failure_that_no_longer_fails_is_unexpected():
    judgement = judge(client([("made", "truncation-swallowed")]), evidence(RESET))
    assert (judgement.verdict, judgement.code, judgement.expected) == ("pass", "known-failure-passes", False)
    assert judge(client([("elsewhere", "truncation-swallowed")]), evidence(RESET)).expected


def test_a_fault_of_the_lab_is_never_the_clients():
    judgement = judge(client(), evidence(TRIO, stdout=[], status=9, lateness=[1.0]))
    assert judgement.code == "servers-late"
    assert judge(client(), evidence(TRIO, lateness=[1.0]), late_budget_ms=1000.0).code == "as-declared"


def test_no_timing_is_shown_where_the_bytes_differ():
    assert judge(client(), HONEST).metrics["wall_s"] is not None
    assert judge(client(), output(B + C)).metrics["wall_s"] is None


def sentence(made: Evidence) -> str:
    return judge(client(), made).sentence


def test_the_sentence_of_a_difference_names_poem_byte_and_both_texts():
    words = sentence(output(B + C + A.replace(b"worm", b"WORM")))
    place, due = "poem 1 (rose) at byte 36 (line 2, column 15)", r"'worm\nthat flies in the n'"
    assert words == f"{place}: expected {due}, got {due.replace('worm', 'WORM')}"


def test_the_sentence_of_a_timeout_names_the_byte_of_the_poem_that_it_stopped_at():
    lines = [piece for piece in told(HONEST) if not piece[1].startswith(b"Task 1")]
    lines += [(START + 1, got(1, 10))]
    words = sentence(evidence(TRIO, stderr=lines, stopped="timeout", ended=START + 20))
    assert f"byte 10 of {len(ROSE)} of poem 1 (rose), 19.0 s earlier; the server had sent {len(ROSE)} bytes" in words


def test_of_several_unfinished_poems_the_one_heard_of_last_is_named():
    lines = [(START + 1, got(1, 10)), (START + 3, got(3, 10)), (START + 2, got(2, 10))]
    assert "of poem 3 (pear), 17.0 s earlier" in sentence(
        evidence(TRIO, stderr=lines, stopped="timeout", ended=START + 20)
    )


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (evidence(TRIO, stopped="timeout"), "it had reported every poem as complete, but it did not exit"),
        (evidence(TRIO, stderr=[], stopped="timeout"), f"{len(ROSE)} bytes of poem 1"),
        (evidence(TRIO, accepts={}, stderr=[], stopped="timeout"), "it never connected"),
        (evidence(TRIO, exit_=Exit(None, signal=11)), "SIGSEGV"),
        (evidence(TRIO, exit_=Exit(None, signal=99)), "signal 99"),
        (evidence(PAUSE, failures=[], status=0), f"poem 1 paused after 35 of {len(TYGER)} bytes"),
        (evidence(PAUSE, log=paused(waited=True)), "it waited until poem 1 went on, although the silence"),
        (evidence(HALF_CLOSE, log=left_open()), "poem 1 open for 1.55 s after the server had closed its side"),
        (evidence(RESET, failures=[], status=0), f"after 35 of {len(TYGER)} bytes"),
        (never_connected(Exit(127), b"python4: not found"), "python4: not found"),
    ],
)
def test_a_sentence_says_where_to_look(made, words):
    assert words in sentence(made)


@pytest.mark.parametrize("reason", ["not-startable", "bytes-extra", "bytes-differ"])
def test_what_a_client_printed_is_never_quoted_raw(reason):
    attack = b"\x1b]0;owned\x07\x1b[2J\xff\xc2\x9b31m"
    made = {
        "not-startable": never_connected(Exit(127), attack),
        "bytes-extra": output(B + C + A + attack),
        "bytes-differ": output(B + C + attack),
    }[reason]
    judgement = judge(client(), made)
    assert judgement.code == reason
    assert r"\x1b]0;owned\x07" in judgement.sentence
    assert judgement.sentence.isprintable()


def test_wild_evidence_gets_a_verdict_and_never_an_exception():
    seen = set()
    for seed in range(400):
        judgement: Judgement = judge(client(), wild(random.Random(seed)))
        record = json.loads(json.dumps(judgement.record()))
        assert record["verdict"] in {"pass", "fail", "timeout", "crash", "build-failed", "lab-error"}, seed
        assert record["reason"]["code"], seed
        assert record["reason"]["sentence"].isprintable(), seed
        seen.add(record["reason"]["code"])
    assert len(seen) > 8  # else it would not be wild


@pytest.mark.parametrize(
    ("connects", "last", "verdict"),
    [("any", 1.0, "unsupported"), ("together", 1.0, "timeout"), ("any", 3.0, "timeout")],
)
def test_who_fetches_in_turn_is_not_blamed_if_a_crowd_of_tasks_takes_too_long(connects, last, verdict):
    # `last`: the seconds from its last connection until it was stopped.
    crowd = replace(scenario(server(ROSE, 8, 0.12), tasks=3), concurrent_only=True)
    accepts = {task: at for task, at in in_turn(crowd).items() if task < 3}
    stopped = {"stopped": "timeout", "exit_": Exit(None, signal=9), "ended": accepts[2] + last}
    made = evidence(crowd, accepts=accepts, stdout=[], **stopped)
    judgement = judge(client(connects=connects, flush=None), made)
    assert (judgement.verdict, judgement.expected) == (verdict, verdict == "unsupported")
    slow = "You fetch 1 at a time, and 3 poems take too long in this way: open all"
    assert (slow in BY_CODE["killed-at-limit"].advice(made)) == (last == 1.0)
    if verdict == "unsupported":
        assert (judgement.code, "1 at a time" in judgement.sentence) == ("sequential", True)
