"""The remarks: a sentence for each thing worth noticing, and none for what is not."""

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
    return remarks(run(clients, scenarios, *cells))


def test_of_a_run_as_declared_there_is_nothing_to_say():
    assert said(cell(QUICK, HONEST)) == []
    assert said() == []


def test_what_was_not_expected_comes_first_with_its_reason():
    first, *_ = said(cell(QUICK, HONEST, left_behind=3), cell(QUICK, evidence(TRIO, status=1)))
    assert first == "UNEXPECTED made · quick: fail, exit-lies: exit status 1, although all poems are complete."


def test_a_declared_failure_is_told_once_whatever_the_rounds():
    known = client([("made", "truncation-swallowed")], name="quick")
    swallowed = cell(known, evidence(RESET, failures=[], status=0))
    (remark,) = said(swallowed, {**swallowed, "round": 2}, clients=[known])
    assert remark.startswith("made · quick: fail, as declared: ")
    assert "(known: as it is)" in remark


def test_a_cell_that_was_not_run_is_told_with_the_reason():
    (remark,) = said(not_run(SLOW, TRIO, "unsupported", "awk has few files"))
    assert remark == "made · slow: unsupported, as declared: awk has few files."


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"attempt": 2}, "made · quick was run 2 times: the lab was not in time in the runs before."),
        ({"left_behind": 3}, "made · quick left 3 processes running; the lab ended them."),
        ({"weak_evidence": True}, "made · quick printed its progress on standard output: its evidence is weaker."),
    ],
)
def test_what_the_lab_had_to_do_is_told(changes, words):
    assert said(cell(QUICK, HONEST, **changes)) == [words]


def test_the_gain_of_waiting_for_all_at_once_is_told_in_seconds_and_times():
    (remark,) = said(cell(QUICK, HONEST), cell(SLOW, IN_TURN))
    assert remark == (
        "made: one after another took 3.32 s, together 1.32 s (medians): waiting for all at once gains 2.5 times."
    )


def test_how_long_a_silence_was_borne_is_told_once_for_all_clients():
    log = play(STALL)
    log.of_task(1).ended = log.of_task(1).last + 0.62
    other = client(name="other")
    cells = (cell(QUICK, evidence(STALL)), cell(other, evidence(STALL, log=log)))
    (remark,) = said(*cells, clients=[QUICK, other], scenarios=[STALL])
    assert remark == "made: told to give up after 0.50 s of silence, the clients did so after 0.50 to 0.62 s."


def test_a_poem_that_is_cut_short_by_an_end_is_told_for_nothing_else_shows_it():
    made = scenario(replace(TRIO.servers[0], unsent=b"more"))
    (remark,) = said(cell(QUICK, evidence(made)), scenarios=[made])
    size = len(made.servers[0].poem)
    assert remark.startswith(f"made: server 1 closes after {size} of {size + 4} bytes, and TCP cannot tell")


def test_there_is_no_gain_to_tell_where_only_one_kind_ran_or_failed_or_was_as_slow():
    assert said(cell(SLOW, IN_TURN)) == []
    elsewhere = cell(QUICK, HONEST, scenario="other")
    assert said(cell(SLOW, IN_TURN), elsewhere, scenarios=[TRIO, replace(TRIO, name="other")]) == []
    failed = evidence(TRIO, accepts=in_turn(TRIO), stdout=[])
    assert not any("gains" in remark for remark in said(cell(QUICK, HONEST), cell(SLOW, failed)))
    as_slow = evidence(TRIO, ended=START + 3)
    assert not any("gains" in remark for remark in said(cell(QUICK, as_slow), cell(SLOW, IN_TURN)))


END = HONEST.last_done + LAG
CHARACTERS = [
    ({"delivery": "streams"}, {"stdout": printed(TRIO, {2: START + 0.5, 3: END, 1: END})}, "while it is still coming"),
    ({"delivery": "at-end"}, {"stdout": printed(TRIO, dict.fromkeys((2, 3, 1), END))}, "until all poems have ended"),
    ({"grain": "line"}, {"stderr": told(HONEST, "line")}, "reports lines, not reads"),
    ({"grain": "silent", "flush": None}, {"stderr": []}, "reports nothing on its way"),
    ({"flush": "held-back"}, {"stderr": told(HONEST, lag=0.6)}, "holds its reports back"),
    (
        {"delivery": "at-end", "order": "reverse-completion"},
        {"stdout": printed(TRIO, dict.fromkeys((1, 3, 2), END))},
        "prints the poem that was finished last first",
    ),
]


@pytest.mark.parametrize(("traits", "made", "words"), CHARACTERS)
def test_a_character_is_told_in_words(traits, made, words):
    who = client(name="quick", **traits)
    (remark,) = said(cell(who, evidence(TRIO, **made)), clients=[who])
    assert remark.startswith("quick ")
    assert words in remark


def test_a_character_is_not_told_of_a_cell_that_failed_nor_twice():
    who = client(name="quick", grain="line")
    lines = told(HONEST, "line")
    broken = cell(who, evidence(TRIO, stderr=lines, status=1))
    assert not any("reports lines" in remark for remark in said(broken, clients=[who]))
    other = replace(TRIO, name="other")
    good = [cell(who, evidence(made, stderr=lines)) for made in (TRIO, other)]
    assert said(*good, clients=[who], scenarios=[TRIO, other]) == ["quick reports lines, not reads."]
