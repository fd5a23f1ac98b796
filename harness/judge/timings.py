"""The timings of a run over its rounds, and which of them differ between two runs: pure functions of run.json."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.judge import samples

Cell = dict[str, Any]
Key = tuple[str, str, str, str]  # scenario, client, server, figure

FIGURES: dict[str, Callable[[dict[str, Any]], float | None]] = {
    "time": lambda metrics: metrics["time"],
    "lag_ms": lambda metrics: (metrics["lag_ms"] or {}).get("p50"),
    "startup_s": lambda metrics: metrics["startup_s"],
    "cpu_s": lambda metrics: metrics["cpu_s"],
}


def timings(run: dict[str, Any]) -> list[dict[str, Any]]:
    """For each figure of each client in each scenario that was measured in two rounds or more: its samples.

    `median` with `low` and `high`, the ends of its 95 % interval (null with fewer than 6 rounds); `n` samples, in the
    order of the rounds.  Cells in which the lab was at fault say nothing of a client, and cells whose bytes differ
    have no timing.
    """
    found = []
    for (scenario, client, server, figure), values in _samples(run["cells"]).items():
        if len(values) > 1:
            low, high = samples.median_interval(values) or (None, None)
            place = {"server": server, "scenario": scenario, "client": client, "figure": figure}
            middle = round(statistics.median(values), 4)
            found.append({**place, "n": len(values), "median": middle, "low": low, "high": high, "samples": values})
    return found


def _samples(cells: Sequence[Cell]) -> dict[Key, list[float]]:
    found: dict[Key, list[float]] = {}
    for cell in sorted(cells, key=lambda cell: cell["round"]):
        if cell["metrics"] and cell["verdict"] != "lab-error":
            for figure, read in FIGURES.items():
                if (value := read(cell["metrics"])) is not None:
                    found.setdefault((cell["scenario"], cell["client"], cell["server"], figure), []).append(value)
    return found


@dataclass(frozen=True)
class TimingDifferences:
    """What two runs' timings say: `found` holds those that differ by more than noise, out of `compared`.

    `needed`: the rounds that each run must have so that a difference could be found at all; 0 if they have them.
    """

    found: Sequence[tuple[Key, Sequence[float], Sequence[float], float]]
    compared: int
    needed: int


def timing_differences(before: Sequence[Cell], after: Sequence[Cell]) -> TimingDifferences:
    """Compare the timings that both runs measured in two rounds or more, by rank-sum tests with Holm's correction."""
    old, new = _samples(before), _samples(after)
    keys = [key for key in old if min(len(old[key]), len(new.get(key, ()))) > 1]
    ps = [samples.rank_sum(old[key], new[key]) for key in keys]
    marked = zip(keys, ps, samples.holm(ps), strict=True)
    found = [(key, old[key], new[key], p) for key, p, significant in marked if significant]
    alpha = (1 - samples.CONFIDENCE) / max(1, len(keys))
    enough = any(samples.least_p(len(old[key]), len(new[key])) <= alpha for key in keys)
    needed = next(n for n in itertools.count(2) if samples.least_p(n, n) <= alpha)
    return TimingDifferences(found, len(keys), 0 if enough else needed)
