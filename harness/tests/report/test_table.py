"""The table is correct, fits 80 columns and is harmless to a terminal, whatever a run holds."""

from __future__ import annotations

import itertools
import json
import random

import pytest
from evidence_maker import LAG, ONE_DOWN, TRIO, cell, client, evidence, in_turn, not_run, printed, run, told, wild

from harness.backend import Exit
from harness.judge.timings import timings
from harness.report.table import table

HONEST = evidence(TRIO)
QUICK, SLOW = client(name="quick"), client(name="slow", connects="in-turn")
LONG = client(name="a-client-with-a-name-of-forty-characters")
VERDICTS = ["pass", "fail", "unsupported", "timeout", "crash", "build-failed", "lab-error", "skipped"]

GOLDEN = """\
run 20260102T030405Z-abcdef
local, 2 cores, rounds 1, pace 1, seed 1
python 3.13

made: made for a test
  floor 1.32 s; one after another 3.32 s; lag in ms
  client verdict connects order grain delivery time lag exit
  quick  pass    together 1.00  read  each     1.00 1.0 0
  slow   pass!   together 1.00  read  at-end   0.40 1.0 0

  likeness of the interleavings (1.00: seen in the same order)
               1    2
   1  quick    . 0.25
   2  slow  0.25    .

Worth noticing
- UNEXPECTED made · slow: pass, trait-connects: connects should be 'in-turn',
  the lab observed 'together'.
- slow prints nothing until all poems have ended.

2 cells: 1 as expected, 1 not. The run took 3.0 s, 1.50 × the sum of the floors
(2.0 s).
"""


def fits(text: str, width: int = 80) -> bool:
    return max(len(line) for line in text.splitlines()) <= width


def rows(text: str) -> dict[str, str]:
    """The rest of each line by its first word."""
    lines = (line.split(maxsplit=1) for line in text.splitlines())
    return {words[0]: words[1] for words in lines if len(words) == 2}


def test_the_whole_table_of_a_small_run():
    end = HONEST.last_done + LAG
    cells = [cell(QUICK, HONEST), cell(SLOW, evidence(TRIO, stdout=printed(TRIO, dict.fromkeys((2, 3, 1), end))))]
    made = run([QUICK, SLOW], [TRIO], *cells)
    made["likeness"] = {"made": [{"server": "twisted", "a": "quick", "b": "slow", "likeness": 0.25, "n": 1}]}
    assert table(made) == GOLDEN


def test_a_run_without_cells_has_a_table():
    made = run([QUICK], [TRIO])
    del made["time"]
    assert table(made).endswith("0 cells: 0 as expected, 0 not.\n")


@pytest.mark.parametrize("width", [80, 100, 60, 1])
@pytest.mark.parametrize("seed", range(20))
def test_random_runs_fit_their_width(seed, width):
    rng = random.Random(seed)
    clients = [LONG, QUICK, client(name="b" * 40), client(name="with-many-hyphens-in-it")]
    cells = [cell(who, wild(rng)) for who, _ in itertools.product(clients, range(6))]
    text = table(run(clients, [TRIO], *cells), width)
    assert fits(text, max(width, 67))
    assert all(line.isprintable() for line in text.splitlines())


def test_every_verdict_expected_or_not_fits_with_the_longest_names_and_values():
    clients = [client(name=f"client-{'x' * (32 - len(verdict))}-{verdict}"[:40]) for verdict in VERDICTS]
    cells = []
    for who, verdict in zip(clients, VERDICTS, strict=True):
        for round_, made in enumerate([evidence(TRIO, accepts=in_turn(TRIO)), evidence(TRIO, stderr=[])], 1):
            ended = {"exit_status": None, "signal": 11} if round_ == 1 else {"exit_status": 101}
            cells.append(cell(who, made, verdict=verdict, expected=False, round=round_, **ended))
        cells.append(cell(who, evidence(TRIO, stderr=told(HONEST, "line")), round=3))
    text = table(run(clients, [TRIO], *cells))
    assert fits(text)
    assert all(verdict in text for verdict in VERDICTS)
    words = text.split()
    assert {"together", "in-turn"} <= {part for word in words for part in word.split("/")}


def test_cells_that_were_not_run_show_their_verdict_and_no_figures():
    for verdict in ("unsupported", "skipped", "build-failed"):
        text = table(run([LONG, QUICK], [TRIO], not_run(LONG, TRIO, verdict, "so it is"), cell(QUICK, HONEST)))
        assert fits(text)
        mark = "" if verdict == "unsupported" else "!"
        assert any(line.endswith(f" {verdict}{mark}") for line in text.splitlines())


def test_rounds_are_shown_by_their_median_and_the_worst_verdict():
    walls = [
        cell(QUICK, evidence(TRIO, ended=HONEST.recording.ended + late), round=r) for r, late in enumerate([0, 2, 1])
    ]
    assert rows(table(run([QUICK], [TRIO], *walls)))["quick"].split()[5] == "1.76"
    broken = cell(QUICK, evidence(TRIO, status=1), round=4)
    assert rows(table(run([QUICK], [TRIO], *walls, broken)))["quick"].startswith("fail 1/4! ")


def test_of_two_equally_frequent_verdicts_the_first_is_shown():
    fail, crash = cell(QUICK, evidence(TRIO, status=1)), cell(QUICK, evidence(TRIO, exit_=Exit(None, signal=9)))
    assert rows(table(run([QUICK], [TRIO], fail, crash)))["quick"].startswith("fail 1/2! ")
    assert rows(table(run([QUICK], [TRIO], crash, fail)))["quick"].startswith("crash 1/2! ")


def test_values_that_the_scenario_leaves_open_are_not_shown():
    assert rows(table(run([QUICK], [ONE_DOWN], cell(QUICK, evidence(ONE_DOWN)))))["quick"].split()[1:3] == ["-", "-"]


def test_no_time_is_shown_if_the_bytes_differ():
    row = rows(table(run([QUICK], [TRIO], cell(QUICK, evidence(TRIO, stdout=[])))))["quick"].split()
    assert row == ["fail!", "together", "1.00", "read", "-", "-", "-", "0"]


def test_the_likeness_of_many_clients_with_long_names_is_shown_in_blocks_that_fit():
    clients = [client(name=f"{number:02}-{'n' * 37}") for number in range(24)]
    pairs = [
        {"server": "twisted", "a": a.name, "b": b.name, "likeness": 0.5, "n": 1}
        for a, b in itertools.combinations(clients, 2)
    ]
    made = run(clients, [TRIO], cell(clients[0], HONEST))
    made["likeness"] = {"made": pairs}
    text = table(made)
    assert fits(text)
    assert text.count(" 0.50") == 24 * 23


@pytest.mark.parametrize("width", [80, 60])
def test_the_medians_over_the_rounds_have_their_intervals(width):
    walls = [
        cell(who, evidence(TRIO, ended=HONEST.recording.ended + 0.1 * late), round=late)
        for late in range(1, 7)
        for who in (QUICK, LONG)
        if who is QUICK or late < 3
    ]
    made = run([QUICK, LONG], [TRIO], *walls)
    assert " over " not in table(made)  # an older run has no timings
    made["timings"] = timings(made)
    text = table(made, width)
    assert fits(text, width)
    head, quick, *rest = text.split("  over 2 to 6 rounds: median (95 % interval)\n")[1].splitlines()
    assert head.split() == ["client", "time", "lag", "CPU", "in", "s"]
    assert quick.split() == ["quick", "1.27", "(1.08-1.46)", "1.0", "(1.0-1.0)", "-"]
    assert "(" not in rest[0]  # two rounds have no interval
    made["timings"] = timings({**made, "cells": [one for one in made["cells"] if one["round"] < 4]})
    assert "  over 2 to 3 rounds: median\n" in table(made, width)


def test_likenesses_that_are_all_one_take_one_line():
    made = run([QUICK], [TRIO], cell(QUICK, HONEST))
    made["likeness"] = {"made": [{"server": "twisted", "a": "quick", "b": "slow", "likeness": 0.9951, "n": 1}]}
    assert "\n  likeness of the interleavings: 1.00 for every two clients\n" in table(made)


@pytest.mark.parametrize("attack", ["\x1b[2J", "\x1b]0;x\x07", "\r\x08", "\x9b31m", "\u202e", "\x00", "\u2028"])
def test_nothing_that_a_run_holds_reaches_the_terminal_raw(attack):
    made = run([QUICK], [TRIO], cell(QUICK, HONEST, expected=False, verdict=f"fail{attack}"))
    whole = json.loads(json.dumps(made).replace("made for a test", json.dumps(f"evil {attack} words")[1:-1]))
    whole["cells"][0]["reason"]["sentence"] += attack
    whole["provenance"]["runtimes"]["python"] += attack
    whole["likeness"] = {"made": [{"server": "twisted", "a": f"a{attack}", "b": "quick", "likeness": 0.1, "n": 1}]}
    text = table(whole)
    assert all(line.isprintable() for line in text.split("\n"))
