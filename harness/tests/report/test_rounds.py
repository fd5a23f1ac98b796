"""The figure of the rounds: a circle for each round, with the median and its interval."""

from __future__ import annotations

from typing import Any

import vl_convert

from harness.report import comparison, figures


def timing(client: str, samples: list[float], *ends: float, figure: str = "time") -> dict[str, Any]:
    low, high = ends or (None, None)
    middle = sorted(samples)[len(samples) // 2]
    place = {"server": "twisted", "scenario": "trio", "client": client, "figure": figure}
    return {**place, "n": len(samples), "median": middle, "low": low, "high": high, "samples": samples}


def test_every_round_has_a_circle_and_every_client_a_median_and_its_interval_is_drawn_if_it_has_one() -> None:
    hostile = "<script>&\"'"
    timings = [timing("a", [1.2, 1.0, 1.1], 1.0, 1.2), timing(hostile, [1.5, 1.4]), timing("a", [9.0], figure="lag_ms")]
    rows = comparison.round_rows(timings, "trio", "twisted")
    assert [row["says"] for row in rows if row["says"]] == [
        "median 1.100, 95 % interval 1.000 to 1.200; n = 3",
        "median 1.500; n = 2",
    ]
    svg = vl_convert.vegalite_to_svg(figures.spec(figures.rounds(rows, comparison.names(rows))), figures.VERSION)
    drawn = [svg.count(f'aria-roledescription="{mark}"') for mark in ("bar", "point", "tick")]
    assert drawn == [1, 5, 2]
    assert "<script" not in svg


def test_timings_of_another_scenario_or_server_are_left_out() -> None:
    assert comparison.round_rows([timing("a", [1.0, 1.1])], "trio", "erlang") == []
    assert comparison.round_rows([timing("a", [1.0, 1.1])], "reset", "twisted") == []
