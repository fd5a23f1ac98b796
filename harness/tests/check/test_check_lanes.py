"""The picture of a cell: any evidence can be drawn, at any width, and the marks are where the times are."""

from __future__ import annotations

import random

import pytest
from evidence_maker import ONE_DOWN, START, TRIO, evidence, scenario, server, wild

from harness.check.lanes import MEANINGS, picture
from harness.check.server_account import shown_tasks


@pytest.mark.parametrize("width", [40, 78, 98, 200])
def test_any_evidence_can_be_drawn(width: int) -> None:
    for seed in range(200):
        made = wild(random.Random(seed))
        lines = picture(made, shown_tasks(made), width)
        assert all(len(line) <= min(width, 100) and line.isprintable() for line in lines), seed
        assert all(line == line.rstrip() for line in lines), seed


def test_without_room_or_without_connections_there_is_no_picture() -> None:
    assert picture(evidence(TRIO), [1, 2, 3], 30) == []
    assert picture(evidence(TRIO, accepts={}, stdout=[], stderr=[], status=1), [1, 2, 3], 80) == []
    shared = scenario(server(b"poem\n", 2, 0.1), tasks=2)
    assert picture(evidence(shared), [1, 2], 80) == []


def test_a_client_that_reports_nothing_has_a_line_for_what_it_printed() -> None:
    lines = picture(evidence(TRIO, stderr=[]), [1, 2, 3], 80)
    assert not any("read" in line.split() for line in lines)
    [out] = [line for line in lines if line.startswith("standard output")]
    assert out.count("•") == 3 and out.endswith("233")


def test_an_address_that_refuses_says_so_in_place_of_marks() -> None:
    lines = picture(evidence(ONE_DOWN), [1, 2], 80)
    assert any("refuses every connection" in line for line in lines)


def test_only_the_marks_that_were_drawn_are_explained() -> None:
    lines = picture(evidence(TRIO), [1, 2, 3], 80)
    legend = "\n".join(line for line in lines if "you ended" in line or "the server closed" in line)
    assert MEANINGS["x"] not in legend and MEANINGS["~"] not in legend
    late = picture(evidence(TRIO, ended=START + 30), [1, 2, 3], 80)
    assert MEANINGS["~"] in "\n".join(late)
