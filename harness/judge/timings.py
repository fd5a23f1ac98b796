"""The timings of a run over its rounds, and which of them differ between two runs: pure functions of run.json."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.judge import samples

BASE = {"time": 1.0}  # what of a figure is no delay: a client needs the time of the floor on every machine
LEAST_OTHERS = 3  # clients; the median of fewer moves much if one of them has changed
# Stricter than 0.05, because the rounds of a run are not independent: what disturbs a machine lasts for many of them.
# Of 40 comparisons of equal runs on two shared cores, 37 named nothing with 0.01, and 39 with 0.003.
ALPHA = 0.003

Cell = dict[str, Any]
Key = tuple[str, str, str, str]  # scenario, client, server, figure
Samples = dict[Key, list[float]]  # in the order of the rounds

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


def _samples(cells: Sequence[Cell]) -> Samples:
    found: Samples = {}
    for cell in sorted(cells, key=lambda cell: cell["round"]):
        if cell["metrics"] and cell["verdict"] != "lab-error":
            for figure, read in FIGURES.items():
                if (value := read(cell["metrics"])) is not None:
                    found.setdefault((cell["scenario"], cell["client"], cell["server"], figure), []).append(value)
    return found


@dataclass(frozen=True)
class TimingDifferences:
    """What two runs' timings say: `found` holds those that differ by more than noise, out of `compared`.

    `together`: by figure, how many times as large it is in the second run for all clients together, without its BASE;
    empty if there are too few clients to tell the machine from a client.
    `needed`: the rounds that each run must have so that a difference could be found at all; 0 if they have them.
    """

    found: Sequence[tuple[Key, Sequence[float], Sequence[float], float]]
    compared: int
    together: Mapping[str, float]
    needed: int


def timing_differences(before: Sequence[Cell], after: Sequence[Cell]) -> TimingDifferences:
    """Compare the timings that both runs measured in two rounds or more, by rank-sum tests with Holm's correction.

    A machine is faster at one time than at another.  So the second run's timings of a client are first divided by how
    many times as large those of the other clients are.
    """
    old, new = _samples(before), _samples(after)
    keys = [key for key in old if min(len(old[key]), len(new.get(key, ()))) > 1]
    ratios = {key: ratio for key in keys if (ratio := _ratio(key, old, new))}
    ps = []
    for key in keys:
        _, client, _, figure = key
        slower, base = _median_of(ratios, figure, without=client), BASE.get(figure, 0.0)
        ps.append(samples.rank_sum(old[key], [base + (value - base) / slower for value in new[key]]))
    marked = zip(keys, ps, samples.holm(ps, ALPHA), strict=True)
    found = [(key, old[key], new[key], p) for key, p, significant in marked if significant]
    alpha = ALPHA / max(1, len(keys))
    enough = any(samples.least_p(len(old[key]), len(new[key])) <= alpha for key in keys)
    needed = next(n for n in itertools.count(2) if samples.least_p(n, n) <= alpha)
    enough_clients = len({client for _, client, _, _ in ratios}) > LEAST_OTHERS
    together = {figure: _median_of(ratios, figure) for figure in FIGURES if enough_clients}
    return TimingDifferences(found, len(keys), together, 0 if enough else needed)


def _ratio(key: Key, old: Samples, new: Samples) -> float | None:
    base = BASE.get(key[-1], 0.0)
    first, second = (statistics.median(run[key]) - base for run in (old, new))
    return second / first if first > 0 and second > 0 else None


def _median_of(ratios: Mapping[Key, float], figure: str, without: str | None = None) -> float:
    """The median for this figure of all other clients; 1 if they are too few."""
    others = {key: ratio for key, ratio in ratios.items() if key[3] == figure and key[1] != without}
    enough = len({client for _, client, _, _ in others}) >= LEAST_OTHERS
    return statistics.median(others.values()) if enough else 1.0
