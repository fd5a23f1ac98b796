"""The lab's check of itself: one client under two names must give the same results; small differences are noise.

The two run in turn, and each round begins with the other one, so that changes on the machine affect both.  Each figure
is compared pair by pair: a pair is the two cells of a round in a scenario.  The median, quartiles and range of the
differences are the noise.  If there are ten pairs or more and all differences have the same sign, the two count as
different (this happens by chance once in 512 times with ten pairs, once in 16384 with fifteen).
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.audit.doctor import line
from harness.backend import Say
from harness.backend.choice import available
from harness.compare.matrix import run
from harness.compare.options import Options, selected
from harness.judge.likeness import View, collected, likeness
from harness.printable import counted
from harness.record.run_folder import RunFolder
from harness.report.diff import changes
from harness.spec import client as clients
from harness.spec.client import Client

CLIENTS = ("python-asyncio", "erlang-processes")
SCENARIOS = "trio,accents,reset"  # scenarios in which the order of the chunks is fixed
LATE_BUDGET_MS = 1000.0  # high, because late servers are part of the noise
LEAST = 10  # pairs; fewer cannot show a difference

Cell = dict[str, Any]
Pair = tuple[Cell, Cell]


@dataclass(frozen=True)
class Differences:
    """A figure of the second client minus that of the first, for each pair; `least_only`: only lower values are bad."""

    figure: str
    unit: str
    values: Sequence[float]
    least_only: bool = False

    @property
    def one_sided(self) -> bool:
        """Whether all differences have the same sign, so that they are not noise."""
        if len(self.values) < LEAST:
            return False
        return max(self.values) < 0 or (min(self.values) > 0 and not self.least_only)

    def __str__(self) -> str:
        if not self.values:
            return f"{self.figure}: not measured in any pair"
        median, least, most = statistics.median(self.values), min(self.values), max(self.values)
        low, _, high = statistics.quantiles(self.values, method="inclusive") if len(self.values) > 1 else [median] * 3
        told = f"{self.figure}: differs by {median:+.3f}{self.unit} (median of {counted(len(self.values), 'pair')}), "
        told += f"half of them from {low:+.3f} to {high:+.3f}, all from {least:+.3f} to {most:+.3f}{self.unit}"
        if len(self.values) < LEAST:
            return f"{told}; fewer than {LEAST} pairs: run more rounds"
        return f"{told}: all with the same sign" if self.one_sided else told


def self_check(options: Options, say: Say) -> int:
    """Check the available backends and print the findings; returns 0 if only noise differs, else 1."""
    fit = True
    known = clients.discover()
    for backend in available(options.backend):
        for name in CLIENTS:
            one = known[name]
            fit &= examine(replace(options, backend=backend), one, replace(one, name=f"{name}-again"), say)
    return 0 if fit else 1


def examine(options: Options, first: Client, second: Client, say: Say) -> bool:
    """Run two clients in turn and print how they differ; returns True if only noise differs."""
    # One after another: cells beside one another would add to the noise that is measured here.
    chosen = replace(options, scenarios=options.scenarios or SCENARIOS, late_budget_ms=LATE_BUDGET_MS, jobs=1)
    _, scenarios = selected(chosen)
    folder = run(chosen, [first, second], scenarios, say)
    print(f"\n{first.name} and {second.name}, {folder.run['provenance']['backend']} backend, rounds {options.rounds}")
    fit = True
    for good, finding in findings(folder, first.name, second.name):
        print(line(good, finding))
        fit &= good
    print(f"        The evidence is in {folder.path}", flush=True)
    return fit


def findings(folder: RunFolder, first: str, second: str) -> Iterator[tuple[bool, str]]:
    """How two clients of a run differ: each finding as whether it is good, and a sentence."""
    pairs = list(_pairs(folder.run["cells"], first, second))
    judged = [pair for pair in pairs if not any(map(_unjudged, pair))]
    if len(judged) < len(pairs) or not pairs:
        whys = (cell["reason"]["sentence"] for pair in pairs for cell in pair if _unjudged(cell))
        why = next(whys, "none was run")
        yield False, f"{len(pairs) - len(judged)} of {counted(len(pairs), 'pair')} cannot be judged: {why}"
    differences = []
    for name in dict.fromkeys(cell["scenario"] for cell, _ in judged):
        own = [pair for pair in judged if pair[0]["scenario"] == name]
        told = changes([one for one, _ in own], [other for _, other in own])
        differences += [f"{name}: {change}" for change in told]
    yield from ((False, difference) for difference in differences)
    if judged and not differences:
        yield True, f"no verdict and no trait differs in {counted(len(judged), 'pair')}"
    for found in figures(folder, judged, first, second):
        yield not found.one_sided, str(found)


def _unjudged(cell: Cell) -> bool:
    return not cell["metrics"] or cell["verdict"] == "lab-error"


def _pairs(cells: Sequence[Cell], first: str, second: str) -> Iterator[Pair]:
    """The cells of the same round, scenario and servers."""
    seen: dict[tuple[Any, ...], dict[str, Cell]] = {}
    for cell in cells:
        seen.setdefault((cell["server"], cell["scenario"], cell["round"]), {})[cell["client"]] = cell
    return ((pair[first], pair[second]) for pair in seen.values() if pair.keys() >= {first, second})


def figures(folder: RunFolder, pairs: Sequence[Pair], first: str, second: str) -> Iterator[Differences]:
    """Time divided by floor, lag in milliseconds, and the likeness of the two minus that of each with itself."""
    times = [(one["metrics"]["time"], other["metrics"]["time"]) for one, other in pairs]
    yield Differences("time over floor", "", [b - a for a, b in times if a is not None and b is not None])
    lags = [
        ((one["metrics"]["lag_ms"] or {}).get("p50"), (other["metrics"]["lag_ms"] or {}).get("p50"))
        for one, other in pairs
    ]
    yield Differences("lag", " ms", [b - a for a, b in lags if a is not None and b is not None])
    alike = [
        value
        for views in collected(folder).views.values()
        if views.keys() >= {first, second}
        for value in _alike(views[first], views[second])
    ]
    yield Differences("likeness, compared to that of each with itself", "", alike, least_only=True)


def _alike(first: dict[int, View], second: dict[int, View]) -> Iterator[float]:
    """For each round, the likeness of the two minus the mean likeness of each with its own next round."""
    rounds = sorted(first.keys() & second.keys())
    if len(rounds) < 2:
        return
    for round_, following in zip(rounds, [*rounds[1:], rounds[0]], strict=True):
        between = likeness(first[round_], second[round_])
        within = [likeness(own[round_], own[following]) for own in (first, second)]
        known = [value for value in within if value is not None]
        if between is not None and known:
            yield between - statistics.mean(known)
