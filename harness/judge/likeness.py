"""How alike the interleavings of each two clients are, scenario by scenario and server by server."""

from __future__ import annotations

import statistics
from itertools import combinations
from typing import Any

from harness.judge.interleaving import likeness
from harness.record.run_folder import RunFolder
from harness.record.transcript import read_transcript


def interleavings(folder: RunFolder) -> dict[tuple[str, str], dict[str, dict[int, list[int]]]]:
    """By scenario and server, then by client and round, the tasks of the reports in the order seen."""
    labels: dict[tuple[str, str], dict[str, dict[int, list[int]]]] = {}
    for cell in folder.run["cells"]:
        if cell["evidence"] and cell["verdict"] == "pass" and cell["metrics"]["reports"]:
            transcript = read_transcript((folder.path / cell["evidence"]["transcript"]).parent)
            of_clients = labels.setdefault((cell["scenario"], cell["server"]), {})
            of_client = of_clients.setdefault(cell["client"], {})
            of_client[cell["round"]] = [report.task for report in transcript.reports]
    return labels


def likenesses(folder: RunFolder) -> dict[str, list[dict[str, Any]]]:
    """For each scenario a list of {server, a, b, likeness, n}: the median over the rounds that both were run in.

    Clients that report nothing, and cells whose bytes differ, are left out.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for (scenario, server), of_clients in interleavings(folder).items():
        if _interleaved(of_clients):
            pairs = ({"server": server, **pair} for pair in _pairs(of_clients))
            found.setdefault(scenario, []).extend(pairs)
    return found


def _interleaved(of_clients: dict[str, dict[int, list[int]]]) -> bool:
    """Whether anything could be interleaved at all: more than one task was reported."""
    return len({task for rounds in of_clients.values() for labels in rounds.values() for task in labels}) > 1


def _pairs(of_clients: dict[str, dict[int, list[int]]]) -> list[dict[str, Any]]:
    pairs = []
    for a, b in combinations(of_clients, 2):
        values = [likeness(of_clients[a][r], of_clients[b][r]) for r in of_clients[a] if r in of_clients[b]]
        if values:
            pairs.append({"a": a, "b": b, "likeness": round(statistics.median(values), 4), "n": len(values)})
    return pairs
