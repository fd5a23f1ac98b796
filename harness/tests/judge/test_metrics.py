"""The figures of a cell."""

from __future__ import annotations

import random

import pytest
from evidence_maker import DOWN, LAG, START, TRIO, evidence, in_turn, scenario, told, wild

from harness.backend import Exit
from harness.judge.metrics import TIMING, measure, percentile, without_timing

LONGEST = TRIO.servers[0].seconds
TOTAL = sum(server.seconds for server in TRIO.servers)


@pytest.mark.parametrize(
    ("share", "value"), [(0.0, 1), (0.01, 1), (0.2, 1), (0.21, 2), (0.5, 3), (0.8, 4), (0.99, 5), (1.0, 5)]
)
def test_a_percentile_is_the_nearest_rank(share, value):
    assert percentile([5, 3, 1, 2, 4], share) == value


def test_the_percentile_of_one_is_that_one_and_of_none_is_none():
    assert percentile([7.0], 0.01) == percentile([7.0], 0.99) == 7.0
    assert percentile([], 0.5) is None


def test_a_percentile_leaves_the_least_possible_share_above():
    rng = random.Random(3)
    for size in range(1, 120):
        values = [rng.randrange(50) for _ in range(size)]
        found = percentile(values, 0.99)
        assert sum(value > found for value in values) <= 0.01 * size + 1e-9
        assert all(sum(v > lower for v in values) > 0.01 * size for lower in values if lower < found)


def test_time_runs_from_the_first_accept_against_the_floor():
    figures = measure(evidence(TRIO, ended=START + 2 * LONGEST), sequential=False)
    assert figures["wall_s"] == pytest.approx(2 * LONGEST, abs=0.001)
    assert figures["floor_s"] == pytest.approx(LONGEST, abs=0.001)
    assert figures["time"] == pytest.approx(2.0, abs=0.001)
    assert figures["speed_up"] == pytest.approx(TOTAL / (2 * LONGEST), abs=0.001)
    assert figures["startup_s"] == pytest.approx(0.3, abs=0.001)


def test_the_floor_of_a_sequential_client_is_the_sum():
    figures = measure(evidence(TRIO, accepts=in_turn(TRIO)), sequential=True)
    assert figures["floor_s"] == pytest.approx(TOTAL, abs=0.001)
    assert figures["time"] == pytest.approx(1.0, abs=0.01)
    assert figures["max_open"] == 1


def test_accepts_reports_lag_and_order_are_counted():
    figures = measure(evidence(TRIO), sequential=False)
    assert figures["max_open"] == 3
    assert figures["accept_spread_ms"] == pytest.approx(0.2)
    assert figures["reports"] == sum(len(server.schedule) - 1 for server in TRIO.servers)
    assert figures["lag_ms"] == {"p50": pytest.approx(1000 * LAG), "p99": pytest.approx(1000 * LAG)}
    assert (figures["order"], figures["switches"]) == (1.0, 1.0)
    assert figures["order_pairs"] > 100


def test_a_few_late_reports_show_in_the_p99_of_the_lag_alone():
    lines = told(evidence(TRIO))
    at, line = lines[-1]
    figures = measure(evidence(TRIO, stderr=[*lines[:-1], (at + 1, line)]), sequential=False)
    assert figures["lag_ms"] == {"p50": pytest.approx(1000 * LAG), "p99": pytest.approx(1001, abs=1)}


def test_lateness_is_given_in_milliseconds():
    figures = measure(evidence(TRIO, lateness=[0.001] * 98 + [0.5, 0.5]), sequential=False)
    assert figures["late_ms"] == {"p50": 1.0, "p99": 500.0}


def test_cost_is_what_the_backend_saw():
    figures = measure(evidence(TRIO, exit_=Exit(0, cpu_s=0.25, max_rss_bytes=4096)), sequential=False)
    assert (figures["cpu_s"], figures["max_rss_bytes"]) == (0.25, 4096)


def test_without_a_connection_there_are_no_times():
    figures = measure(evidence(TRIO, accepts={}, lateness=[]), sequential=False)
    for name in ("wall_s", "time", "speed_up", "startup_s", "accept_spread_ms", "order", "switches"):
        assert figures[name] is None, name
    assert figures["max_open"] == figures["order_pairs"] == 0
    assert figures["late_ms"] == {"p50": None, "p99": None}


def test_a_scenario_that_takes_no_time_has_no_ratio():
    figures = measure(evidence(scenario(DOWN)), sequential=False)
    assert (figures["floor_s"], figures["time"]) == (0.0, None)


def test_timing_is_taken_out_and_the_rest_is_left():
    figures = measure(evidence(TRIO, exit_=Exit(0, cpu_s=0.25)), sequential=False)
    bare = without_timing(figures)
    assert all(figures[name] is not None and bare[name] is None for name in TIMING)
    assert all(bare[name] == figures[name] for name in figures if name not in TIMING)


def test_wild_evidence_is_measured_without_an_exception():
    for seed in range(200):
        for sequential in (False, True):
            measure(wild(random.Random(seed)), sequential=sequential)
