"""The first screen in words: the verdict of the run, the clients' traits, and what differs, with where to see it."""

from __future__ import annotations

import pytest
from evidence_maker import RESET, START, TRIO, cell, client, evidence, in_turn, not_run, printed, run, scenario, told

from harness.report.differs import differs
from harness.report.matrix import badges, headline, in_words

HONEST = evidence(TRIO)
QUICK, SLOW = client(name="quick"), client(name="slow", connects="in-turn")
GOOD, BAD = cell(QUICK, HONEST), cell(QUICK, evidence(TRIO, status=1))
WRONG = "quick in made (fail: exit-lies)"
UNSUPPORTED = not_run(SLOW, TRIO, "unsupported", "so")


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([], "No cell was run."),
        ([GOOD], "The only cell is as declared: 1 client in 1 scenario."),
        ([GOOD, UNSUPPORTED], "All 2 cells are as declared (1 unsupported): 2 clients in 1 scenario."),
        ([GOOD, BAD], "1 of 2 cells is not as declared: quick in made (fail: exit-lies)."),
        ([BAD] * 6, f"6 of 6 cells are not as declared: {', '.join([WRONG] * 4)} and 2 more."),
    ],
)  # fmt: skip
def test_the_verdict_of_a_run_is_one_sentence(cells, words):
    assert headline(cells) == words


def words(who, cells, above=()):
    return [(badge.word, badge.differs) for badge in badges(who.record(), cells, above)]


def test_badges_say_what_the_cells_showed_and_what_differs_from_the_client_above():
    above = badges(QUICK.record(), [GOOD], ())
    assert [badge.word for badge in above] == ["together", "read", "each", "as completed"]
    assert not any(badge.differs for badge in above)
    by_turns = cell(SLOW, evidence(TRIO, accepts=in_turn(TRIO), stderr=told(HONEST, "line")))
    assert words(SLOW, [by_turns], above)[0] == ("in turn", True)
    at_end = printed(TRIO, dict.fromkeys((2, 3, 1), HONEST.last_done))
    ends = cell(client(name="ends", delivery="at-end"), evidence(TRIO, stdout=at_end))
    assert words(QUICK, [ends], above)[1:3] == [("read", False), ("at end", True)]


def test_a_client_that_showed_nothing_has_the_declared_traits():
    assert words(SLOW, [not_run(SLOW, TRIO, "skipped", "so")])[0] == ("in turn", False)
    assert words(SLOW, [cell(SLOW, evidence(TRIO, status=1))])[0] == ("in turn", False)


def test_a_cell_without_a_picture_says_what_the_client_did():
    assert in_words(cell(QUICK, evidence(RESET))) == "not-printed, exit 1"
    assert in_words(UNSUPPORTED) == ""


def test_what_differs_begins_with_what_is_unexpected_and_leads_to_its_cell():
    few, more = differs(run([QUICK], [TRIO], GOOD, BAD))
    assert few[0].sentence.startswith("UNEXPECTED made · quick") and few[0].anchor == "quick/made"
    assert more == []
    servers = run([QUICK], [TRIO], GOOD, BAD)
    servers["servers"] *= 2
    assert differs(servers)[0][0].anchor == "quick/made/twisted"


def test_of_several_speed_ups_only_the_greatest_comes_first():
    lazy = scenario(*TRIO.servers, name="lazy")
    late = evidence(lazy, ended=START + 2)
    cells = [GOOD, cell(SLOW, evidence(TRIO, accepts=in_turn(TRIO)))]
    cells += [cell(QUICK, late), cell(SLOW, evidence(lazy, accepts=in_turn(lazy)))]
    few, more = differs(run([QUICK, SLOW], [TRIO, lazy], *cells))
    assert [one.sentence.partition(":")[0] for one in few] == ["made"]
    assert [one.anchor for one in (*few, *more)] == ["scenario/made", "scenario/lazy"]


@pytest.mark.parametrize(("likeness", "told"), [(0.4, True), (0.95, False)])
def test_the_two_clients_that_saw_the_most_different_order_are_named_with_their_pair(likeness, told):
    made = run([QUICK, SLOW, client(name="lines", grain="line")], [TRIO], GOOD)
    pair = {"server": "twisted", "n": 1}
    made["likeness"] = {
        "made": [
            {**pair, "a": "quick", "b": "slow", "likeness": likeness},
            {**pair, "a": "quick", "b": "lines", "likeness": 0.1},  # its reports cover more, which says nothing
        ]
    }
    few, _ = differs(made)
    assert bool(few) is told
    if told:
        assert few[0].pair == ("quick", "slow") and few[0].anchor == "scenario/made"
        assert (
            "quick and slow saw the poems in the most different order: in made their likeness is 0.40"
            in few[0].sentence
        )
