"""The remarks: one sentence for each thing that is worth noticing, and no sentence for anything else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evidence_maker import (
    LAG,
    RESET,
    STALL,
    START,
    TRIO,
    cell,
    client,
    evidence,
    in_turn,
    not_run,
    play,
    printed,
    run,
    scenario,
    told,
)

from harness.report.remarks import remarks

HONEST = evidence(TRIO)
QUICK, SLOW = client(name="quick"), client(name="slow", connects="in-turn")
IN_TURN = evidence(TRIO, accepts=in_turn(TRIO))


def said(*cells, clients=(QUICK, SLOW), scenarios=(TRIO,)) -> list[str]:
    return [one.sentence for one in remarks(run(clients, scenarios, *cells))]


def test_a_run_as_declared_has_no_remarks():
    assert said(cell(QUICK, HONEST)) == []
    assert said() == []


def test_what_is_unexpected_comes_first_with_its_reason():
    first, *_ = said(cell(QUICK, HONEST, left_behind=3), cell(QUICK, evidence(TRIO, status=1)))
    assert first == "UNEXPECTED made · quick: fail, exit-lies: exit status 1, although all poems are complete."


def test_a_declared_failure_is_named_once_for_all_rounds():
    known = client([("made", "truncation-swallowed")], name="quick")
    swallowed = cell(known, evidence(RESET, failures=[], status=0))
    (remark,) = said(swallowed, {**swallowed, "round": 2}, clients=[known])
    assert remark.startswith("made · quick: fail, as declared: ")
    assert "(known: as it is)" in remark


def test_a_cell_that_was_not_run_is_named_with_the_reason():
    (remark,) = said(not_run(SLOW, TRIO, "unsupported", "awk has few files"))
    assert remark == "made · slow: unsupported, as declared: awk has few files."


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"attempt": 2}, "made · quick was run again, alone, because the lab or other programs had disturbed it."),
        ({"left_behind": 3}, "made · quick left 3 processes running; the lab ended what was left."),
        ({"left_behind": 1}, "made · quick left 1 process running; the lab ended what was left."),
        ({"weak_evidence": True}, "made · quick printed its progress on standard output, so its evidence is weaker."),
    ],
)
def test_a_retry_and_left_processes_and_weak_evidence_are_named(changes, words):
    assert said(cell(QUICK, HONEST, **changes)) == [words]


def test_how_much_faster_concurrent_clients_are_is_said_in_seconds_and_as_a_factor():
    (remark,) = said(cell(QUICK, HONEST), cell(SLOW, IN_TURN))
    assert remark == (
        "made: sequential clients took 3.32 s, concurrent clients 1.32 s (medians): "
        "concurrent clients are 2.5 times as fast."
    )


def test_how_long_clients_waited_for_a_silent_server_is_said_once_for_all_clients():
    log = play(STALL)
    log.of_task(1).ended = log.of_task(1).last + 0.62
    other = client(name="other")
    cells = (cell(QUICK, evidence(STALL)), cell(other, evidence(STALL, log=log)))
    (remark,) = said(*cells, clients=[QUICK, other], scenarios=[STALL])
    assert remark == (
        "made: the clients had to give up on a silent server after 0.50 s; they did so after 0.50 to 0.62 s."
    )


def test_a_poem_that_a_normal_end_cuts_short_is_named_because_nothing_else_shows_it():
    made = scenario(replace(TRIO.servers[0], unsent=b"more"))
    (remark,) = said(cell(QUICK, evidence(made)), scenarios=[made])
    size = len(made.servers[0].poem)
    assert remark.startswith(f"made: server 1 closes after {size} of {size + 4} bytes. For TCP this is a normal end")


def test_speeds_are_not_compared_if_only_one_kind_of_client_ran_or_one_failed_or_both_were_as_slow():
    assert said(cell(SLOW, IN_TURN)) == []
    elsewhere = cell(QUICK, HONEST, scenario="other")
    assert said(cell(SLOW, IN_TURN), elsewhere, scenarios=[TRIO, replace(TRIO, name="other")]) == []
    failed = evidence(TRIO, accepts=in_turn(TRIO), stdout=[])
    assert not any("as fast" in remark for remark in said(cell(QUICK, HONEST), cell(SLOW, failed)))
    as_slow = evidence(TRIO, ended=START + 3)
    assert not any("as fast" in remark for remark in said(cell(QUICK, as_slow), cell(SLOW, IN_TURN)))


END = HONEST.last_done + LAG
CHARACTERS = [
    ({"delivery": "streams"}, {"stdout": printed(TRIO, {2: START + 0.5, 3: END, 1: END})}, "while it is still coming"),
    ({"delivery": "at-end"}, {"stdout": printed(TRIO, dict.fromkeys((2, 3, 1), END))}, "until all poems have ended"),
    ({"grain": "line"}, {"stderr": told(HONEST, "line")}, "reports lines, not reads"),
    ({"grain": "silent", "flush": None}, {"stderr": []}, "reports no progress"),
    ({"flush": "held-back"}, {"stderr": told(HONEST, lag=0.6)}, "flushes its progress lines late"),
    (
        {"delivery": "at-end", "order": "reverse-completion"},
        {"stdout": printed(TRIO, dict.fromkeys((1, 3, 2), END))},
        "prints the poem that ended last first",
    ),
]


@pytest.mark.parametrize(("traits", "made", "words"), CHARACTERS)
def test_a_trait_that_stands_out_has_a_sentence(traits, made, words):
    who = client(name="quick", **traits)
    (remark,) = said(cell(who, evidence(TRIO, **made)), clients=[who])
    assert remark.startswith("quick ")
    assert words in remark


def test_a_trait_has_no_sentence_for_a_failed_cell_and_only_one_for_several_cells():
    who = client(name="quick", grain="line")
    lines = told(HONEST, "line")
    broken = cell(who, evidence(TRIO, stderr=lines, status=1))
    assert not any("reports lines" in remark for remark in said(broken, clients=[who]))
    other = replace(TRIO, name="other")
    good = [cell(who, evidence(made, stderr=lines)) for made in (TRIO, other)]
    assert said(*good, clients=[who], scenarios=[TRIO, other]) == ["quick reports lines, not reads."]
