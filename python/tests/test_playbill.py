"""Playbills: the servers of a scenario as text, and the errors in a wrong text."""

from pathlib import Path

import pytest

from slowpoetry.schedule import Act
from slowpoetry.server.playbill import Part, Playbill, format_playbill, parse_playbill

TRIO = Playbill(
    "0.0.0.0",
    (
        Part(0, Path("../poems/science.txt"), (Act(0.5, "send", 10), Act(0.5, "close"))),
        Part(10002),
        Part(10003, Path("poems/with two  spaces.txt"), (Act(0.25, "send", 7), Act(1.0, "reset"))),
        Part(10004, full=True),
        Part(10005, Path("late.txt"), (Act(0.0, "close"),), opens=0.5),
        Part(10006, Path("mortal.txt"), (Act(0.0, "close"),), away=(0.75, 1.5)),
    ),
)
TEXT = """\
iface 0.0.0.0
server 0 ../poems/science.txt
0.500000 send 10
0.500000 close
down 10002
server 10003 poems/with two  spaces.txt
0.250000 send 7
1.000000 reset
full 10004
server 10005 late.txt
open 0.500000
0.000000 close
server 10006 mortal.txt
away 0.750000 1.500000
0.000000 close
"""


def test_the_text_of_a_playbill_is_what_a_server_in_any_language_reads() -> None:
    assert format_playbill(TRIO) == TEXT


def test_a_playbill_is_the_same_after_it_was_written_and_read_again() -> None:
    assert parse_playbill(TEXT) == TRIO


def test_blank_lines_and_wide_gaps_between_words_do_not_matter() -> None:
    spread = TEXT.replace("\n", "\n\n").replace("server ", "\t server  ")
    assert parse_playbill(spread) == TRIO


def test_without_an_iface_the_servers_listen_on_loopback_only() -> None:
    assert parse_playbill("down 0\n") == Playbill("127.0.0.1", (Part(0),))


def test_an_empty_text_is_a_playbill_without_servers() -> None:
    assert parse_playbill("") == Playbill("127.0.0.1", ())


WRONG_LINES = [
    ("0.5 close", "no server for '0.5 close'"),  # the server of the line before is `down`, so it has no acts
    ("server 0", "no server for 'server 0'"),
    ("dawn 10001", "no server for 'dawn 10001'"),
    ("server zero poem.txt", "zero"),
    ("server -1 poem.txt", "-1 is not a port from 0 to 65535"),
    ("server 65536 poem.txt", "65536 is not a port from 0 to 65535"),
    ("open 0.5", "no server for 'open 0.5'"),
    ("full 65536", "65536 is not a port from 0 to 65535"),
    ("down 65536", "65536 is not a port from 0 to 65535"),
]


@pytest.mark.parametrize(("line", "why"), WRONG_LINES)
def test_a_wrong_line_is_named_by_its_number_with_the_reason(line: str, why: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_playbill(f"iface 127.0.0.1\n\ndown 0\n{line}\ndown 0\n")
    assert str(refusal.value).startswith("playbill, line 4: ")
    assert why in str(refusal.value)


def test_a_wrong_act_is_named_by_its_number_too() -> None:
    with pytest.raises(ValueError, match=r"^playbill, line 2: not an act of a schedule: '0\.5 sing 10'"):
        parse_playbill("server 0 poem.txt\n0.5 sing 10\n0.5 close\n")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("open soon", "soon"),
        ("open -1", "-1 is not a number of seconds"),
        ("away 1.5 nan", "nan is not a number of seconds"),
        ("away 1.5 1.5", "1.5 is not later than 1.5"),
        ("away 1.5", "not an act of a schedule: 'away 1.5'"),
    ],
)
def test_the_times_of_open_and_away_are_ordered_numbers(line: str, why: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_playbill(f"server 0 poem.txt\n{line}\n0.5 close\n")
    assert str(refusal.value).startswith("playbill, line 2: ")
    assert why in str(refusal.value)


def test_an_act_before_any_server_is_named_too() -> None:
    with pytest.raises(ValueError, match=r"^playbill, line 1: no server for '0\.5 close'"):
        parse_playbill("0.5 close\n")
