"""The plot of the rounds: what it draws, and where."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from harness.report.rounds_plot import TICKS, _ticks, rounds_plot

SVG = "{http://www.w3.org/2000/svg}"


def timing(client: str, samples: list[float], *ends: float) -> dict[str, Any]:
    low, high = ends or (None, None)
    middle = sorted(samples)[len(samples) // 2]
    place = {"server": "twisted", "scenario": "trio", "client": client, "figure": "time"}
    return {**place, "n": len(samples), "median": middle, "low": low, "high": high, "samples": samples}


def test_every_round_of_every_client_has_a_circle_in_the_order_of_its_value():
    drawn = ElementTree.fromstring(rounds_plot([timing("a", [1.2, 1.0, 1.1], 1.0, 1.2), timing("b", [1.5, 1.4])]))
    circles = [(float(one.attrib["cy"]), float(one.attrib["cx"])) for one in drawn.iter(f"{SVG}circle")]
    assert len(circles) == 5
    (last, first, middle), (right, left) = [
        [x for y, x in circles if y == row] for row in sorted({y for y, _ in circles})
    ]
    assert first < middle < last < left < right <= 700
    said = [one.text for one in drawn.iter(f"{SVG}title")]
    assert said == ["a: median 1.1, 3 rounds, 95 % interval 1 to 1.2", "b: median 1.5, 2 rounds"]


def test_names_from_elsewhere_are_text_and_nothing_else():
    drawn = ElementTree.fromstring(rounds_plot([timing("<script>&\"'", [1.0, 1.0])]))
    assert not list(drawn.iter(f"{SVG}script"))
    assert "<script>&\"'" in [one.text for one in drawn.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("least", "most"), [(1.0, 1.0), (0.0, 0.0), (1.02, 1.31), (0.001, 940.0), (-3.0, -2.9), (1e-9, 2e-9), (5.0, 6.0)]
)
def test_the_axis_holds_all_values_between_round_numbers(least: float, most: float):
    ticks = _ticks(least, most)
    assert ticks[0] <= least <= most <= ticks[-1] and 2 <= len(ticks) <= TICKS + 1
