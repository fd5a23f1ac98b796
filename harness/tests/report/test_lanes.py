"""The lanes as paths: each mark at its time and in its place, within the picture, and as often as it was there."""

from __future__ import annotations

import re

import pytest
from evidence_maker import DOWN, RESET, ROSE_SERVER, START, TRIO, TYGER_SERVER, evidence, scenario

from harness.report.lanes import KINDS, LANES, Plot, paths, ticks
from harness.report.marks import marks

FOUND = marks(evidence(TRIO))
PLOT = Plot(3, (0.0, 2.0))


def starts(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"M(-?[\d.e-]+) (-?[\d.]+)", path)]


@pytest.mark.parametrize("kind", KINDS)
def test_each_mark_stands_at_its_time_in_the_lane_of_its_task(kind: str) -> None:
    rows = getattr(FOUND, kind)
    places = starts(paths(FOUND, PLOT)[kind])
    assert len(places) == len(rows) > 2
    for (x, y), row in zip(places, rows, strict=True):
        assert x == pytest.approx(row["t"] * 500, abs=0.006)
        assert (y // PLOT.lane == row["k"] - 1) if kind != "printed" else (60 < y < PLOT.height)


def test_in_a_lane_sends_stand_above_reports_and_earlier_tasks_above_later_ones() -> None:
    for task in (1, 2, 3):
        assert PLOT.y("sent", task) < PLOT.y("reported", task) < PLOT.y("sent", task + 1)
        assert PLOT.y("printed", task) < PLOT.y("printed", task + 1)
    assert PLOT.y("printed", 0) > PLOT.y("printed", 3)  # output that belongs to no task
    assert PLOT.y("printed", 0) < PLOT.height


def test_a_connection_is_drawn_from_its_accept_to_its_end() -> None:
    path = paths(FOUND, PLOT)["open"]
    widths = [float(width) for width in re.findall(r"h([\d.]+)v", path)]
    assert widths == pytest.approx([(row["u"] - row["t"]) * 500 for row in FOUND.open], abs=0.02)


def test_a_fault_is_drawn_in_the_lane_that_it_ends() -> None:
    made = marks(evidence(RESET))
    [(x, y)] = starts(paths(made, Plot(2, (0.0, 2.0)))["fault"])
    assert x == pytest.approx(made.words[0]["t"] * 500, abs=0.006) and 20 < y < 40
    refused = marks(evidence(scenario(ROSE_SERVER, DOWN)))
    assert starts(paths(refused, Plot(2, (0.0, 2.0)))["fault"])[0][0] == 0


def test_a_small_picture_draws_what_falls_on_one_place_once() -> None:
    small = Plot(3, (0.0, 2.0), width=10, digits=0)
    places = starts(paths(FOUND, small)["sent"])
    assert len(places) == len(set(places)) < len(FOUND.sent)


CROWD = scenario(ROSE_SERVER, TYGER_SERVER, tasks=LANES + 76)
MADE = marks(evidence(CROWD))


@pytest.mark.parametrize("lane", [20, 100, 300])
def test_a_crowd_has_a_band_for_each_kind_that_covers_every_mark(lane: int) -> None:
    plot = Plot(LANES + 76, (0.0, 2.0), lane=lane)
    found = paths(MADE, plot)
    for i, kind in enumerate(KINDS):
        cells = set()
        for name, path in found.items():
            if name.startswith(kind):
                for x, y, runs in re.findall(r"M(\d+) ([\d.]+)((?:h2)+)", path):
                    cells |= {(int(x) // 2 + n, float(y)) for n in range(len(runs) // 2)}
        assert {x for x, _ in cells} == {int(plot.x(row["t"]) // 2) for row in getattr(MADE, kind)}
        top = i * (lane + plot.gap)
        assert all(top < y < top + lane for _, y in cells)
        assert len({y for _, y in cells}) == min(lane, plot.tasks)


def test_a_crowd_is_darker_where_more_happens() -> None:
    plot = Plot(1000, (0.0, 2.0), lane=1)
    at_once = {task: START + (1.5 if task % 10 else 0.1) for task in range(1, 1001)}
    made = marks(evidence(scenario(ROSE_SERVER, tasks=1000), accepts=at_once, stdout=[], stderr=[]))
    found = paths(made, plot)
    assert {name for name, path in found.items() if path} == {"sent level0", "sent level2"}


def test_a_crowd_shows_which_tasks_failed() -> None:
    made = scenario(ROSE_SERVER, DOWN, tasks=LANES + 76)
    plot = Plot(LANES + 76, (0.0, 2.0), lane=100)
    places = starts(paths(marks(evidence(made)), plot)["fault"])
    assert [y for _, y in places] == [task - 0.5 for task in range(2, LANES + 77, 2)]


@pytest.mark.parametrize(
    ("clock", "found"),
    [
        ((0.0, 2.0), [0, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 1.8, 2]),
        ((-0.2, 5.0), [0, 1, 2, 3, 4, 5]),
        ((0.1234, 0.1236), [0.1234, *(0.1234 + 2e-5 * n for n in range(1, 11))]),
        ((0.0, 93.0), [0, 10, 20, 30, 40, 50, 60, 70, 80, 90]),
    ],
)  # fmt: skip
def test_ticks_are_round_times_within_the_clock(clock: tuple[float, float], found: list[float]) -> None:
    assert ticks(clock) == pytest.approx(found)
