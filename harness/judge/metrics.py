"""The figures of a cell: pure functions of its evidence.  Seconds, bytes and ratios; None where there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from harness.judge import interleaving
from harness.judge.axes.waiting import max_open
from harness.record.evidence import Evidence


def percentile(values: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile: the least value that `share` of all are not above."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)


def _ratio(a: float | None, b: float | None) -> float | None:
    """None where there is no b worth dividing by: no clock here tells less than a microsecond."""
    return None if a is None or b is None or b < 1e-6 else _rounded(a / b)


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)


def measure(evidence: Evidence, *, sequential: bool) -> dict[str, Any]:
    """All figures.  The time runs from the first accept, so that a runtime's start is not taken for work."""
    connections = evidence.log.connections
    recording = evidence.recording
    first = connections[0].accepted if connections else None
    # A server may see the first accept when the client has ended already.
    wall = None if first is None else max(0.0, recording.ended - first)
    floor = _floor(evidence, first, sequential)
    sightings = evidence.sightings
    tau, pairs = interleaving.agreement(sightings, interleaving.EPSILON + evidence.slack)
    lags = sightings.lags.tolist()
    return {
        "wall_s": _rounded(wall),
        "floor_s": _rounded(floor),
        "time": _ratio(wall, floor),
        "speed_up": _ratio(evidence.scenario.total, wall),
        "startup_s": None if first is None else _rounded(first - recording.started),
        "gave_up_s": _rounded(max(evidence.gave_up.values(), default=None)),
        "hang_up_ms": _ms(max(evidence.hung_up.values(), default=None)),
        "max_open": max_open(evidence),
        "accept_spread_ms": _ms(connections[-1].accepted - connections[0].accepted) if connections else None,
        "reports": len(evidence.transcript.reports),
        "order": _rounded(tau),
        "order_pairs": pairs,
        "switches": _rounded(interleaving.switch_ratio(sightings)),
        "lag_ms": {"p50": _ms(percentile(lags, 0.5)), "p99": _ms(percentile(lags, 0.99))},
        "late_ms": {
            "p50": _ms(percentile(evidence.log.lateness, 0.5)),
            "p99": _ms(percentile(evidence.log.lateness, 0.99)),
        },
        "cpu_s": recording.exit.cpu_s,
        "max_rss_bytes": recording.exit.max_rss_bytes,
    }


def _floor(evidence: Evidence, first: float | None, sequential: bool) -> float:
    """The least time that the servers, or what the lab does to the client, leave it."""
    made = evidence.scenario
    floor = made.total if sequential else made.longest
    if first is not None and evidence.disturbed is not None:
        return min(floor, max(0.0, evidence.disturbed - first))
    size = sum(len(made.server(task).poem) + 1 for task in evidence.good)
    return max(floor, size / made.client.stdout_rate) if made.client.stdout_rate else floor


TIMING = ("wall_s", "time", "speed_up", "startup_s", "lag_ms", "cpu_s")


def without_timing(metrics: dict[str, Any]) -> dict[str, Any]:
    """The same without the times of its work: none is shown for a cell whose bytes differ."""
    return {key: None if key in TIMING else value for key, value in metrics.items()}
