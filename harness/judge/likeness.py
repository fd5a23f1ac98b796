"""How alike the interleavings of each two clients are, scenario by scenario and server by server.

Two chunks of different poems are compared if both clients' servers sent them in the same order, further apart than
EPSILON.  The likeness is the share of such pairs that both clients reported in the same order: 1 for two clients that
report what was sent in the order sent, however their schedules differ.  It is 1 - Kendall's tau distance over the pairs
that both runs have in common.  Source: M. G. Kendall, "A new measure of rank correlation", 1938; restricted to pairs
whose order is defined in both rankings as by R. Fagin et al., "Comparing and aggregating rankings with ties", 2004.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.judge.interleaving import EPSILON
from harness.record.evidence import Evidence, read_evidence
from harness.record.run_folder import RunFolder, recording_of, scenarios_of
from harness.spec.scenario import Scenario

MOST_PAIRS = 100_000  # of chunks; a larger crowd is compared by so many drawn at random, always the same

Signs = NDArray[np.int8]


class View(NamedTuple):
    """One client's view of the pairs of chunks: 1 if the first came first, -1 if the second did, 0 if unknown."""

    sent: Signs
    seen: Signs


Views = dict[str, dict[int, View]]  # by client and round


class _Pairs(NamedTuple):
    """The chunks of a scenario, each the place of its last byte in all poems joined, and the pairs to look at."""

    bytes: NDArray[np.int64]
    tasks: NDArray[np.int64]
    starts: NDArray[np.int64]  # of each task's poem, and of a task 0
    first: NDArray[np.int64]
    second: NDArray[np.int64]


@lru_cache(maxsize=1)
def _pairs(scenario: Scenario) -> _Pairs:
    ends = [
        np.fromiter(accumulate(act.size for act in server.schedule if act.kind == "send"), np.int64)
        for server in scenario.servers
    ]
    sizes = [len(scenario.servers[index].poem) + 1 for index in scenario.tasks]
    starts = np.array([0, *accumulate(sizes, initial=0)])
    tasks = np.repeat(np.arange(1, len(sizes) + 1), [len(ends[index]) for index in scenario.tasks])
    last = np.concatenate([ends[index] for index in scenario.tasks]) - 1 + starts[tasks]
    count = len(tasks)
    if count * (count - 1) // 2 <= MOST_PAIRS:
        first, second = np.triu_indices(count, 1)
    else:
        first, second = np.random.default_rng(1).integers(count, size=(2, MOST_PAIRS))
    apart = tasks[first] != tasks[second]
    return _Pairs(last, tasks, starts, first[apart], second[apart])


def view(evidence: Evidence) -> View:
    """The order in which each pair of chunks of different tasks was sent and seen.

    A chunk has the times of the report that covers its last byte.
    """
    pairs = _pairs(evidence.scenario)
    found = evidence.sightings
    reached = pairs.starts[found.tasks] + found.ends
    order = np.argsort(reached, kind="stable")
    report = np.searchsorted(reached[order], pairs.bytes, side="right")
    covered = np.append(order, -1)[report]  # -1: no report covers it
    covered[np.append(found.tasks, 0)[covered] != pairs.tasks] = -1
    sent = np.append(found.sent, np.nan)[covered]
    apart = sent[pairs.second] - sent[pairs.first]
    direction = np.where(np.abs(apart) > EPSILON, np.sign(apart), 0).astype(np.int8)
    return View(direction, np.sign(covered[pairs.second] - covered[pairs.first]).astype(np.int8))


def likeness(a: View, b: View) -> float | None:
    """The share of the pairs sent in the same order that were seen in the same order; None if there is no such pair."""
    same = (a.sent == b.sent) & (a.sent != 0)
    return float(np.mean(a.seen[same] == b.seen[same])) if same.any() else None


class Likenesses:
    """Collects the views of the cells of a run, one after another, so that no two cells are in memory at once.

    Clients that report nothing, and cells that did not pass, are left out.
    """

    def __init__(self) -> None:
        self.views: dict[tuple[str, str], Views] = {}  # by scenario and server

    def add(self, cell: dict[str, Any], evidence: Evidence) -> None:
        """Add a cell of run.json."""
        if counts(cell):
            views = self.views.setdefault((cell["scenario"], cell["server"]), {})
            views.setdefault(cell["client"], {})[cell["round"]] = view(evidence)

    def found(self) -> dict[str, list[dict[str, Any]]]:
        """For each scenario a list of {server, a, b, likeness, n}: the median over the `n` rounds of both."""
        found: dict[str, list[dict[str, Any]]] = {}
        for (scenario, server), views in self.views.items():
            for a, b in combinations(views, 2):
                values = _values(views[a], views[b])
                if values:
                    alike = {"likeness": round(statistics.median(values), 4), "n": len(values)}
                    found.setdefault(scenario, []).append({"server": server, "a": a, "b": b, **alike})
        return found


def counts(cell: dict[str, Any]) -> bool:
    """Whether a cell has an interleaving."""
    return bool(cell["evidence"] and cell["verdict"] == "pass" and cell["metrics"]["reports"])


def _values(a: dict[int, View], b: dict[int, View]) -> Sequence[float]:
    values = (likeness(a[round_], b[round_]) for round_ in a if round_ in b)
    return [value for value in values if value is not None]


def collected(folder: RunFolder) -> Likenesses:
    """The views of all cells of a run's folder, read from their evidence."""
    collection, scenarios = Likenesses(), scenarios_of(folder)
    for cell in filter(counts, folder.run["cells"]):
        place = (folder.path / cell["evidence"]["transcript"]).parent
        collection.add(cell, read_evidence(place, scenarios[cell["scenario"]], recording_of(cell)))
    return collection


def likenesses(folder: RunFolder) -> dict[str, list[dict[str, Any]]]:
    """The likenesses of a run's folder, as run.json holds them."""
    return collected(folder).found()
