"""Lag, order, time and likeness of the clients in one scenario: the rows that the figures draw, with their sizes."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from harness.judge.metrics import percentile
from harness.report.recorded import RecordedCell, RecordedRun

Rows = list[dict[str, Any]]

LEAST_MS = 0.001  # a logarithmic scale has no zero


def lag_rows(recorded: RecordedRun, cells: Sequence[RecordedCell]) -> Rows:
    """The lags of each client over all rounds, in milliseconds.

    A round whose bytes differ, or in which the lab was at fault, does not count.
    """
    rows = []
    for name, rounds in _by_client(recorded, cells).items():
        lags = [lag * 1000 for cell in rounds if cell.evidence for lag in cell.evidence.sightings.lags.tolist()]
        if not lags:
            continue
        least, q1, p50, q3, p99 = (
            round(max(LEAST_MS, percentile(lags, share) or 0.0), 3) for share in (0, 0.25, 0.5, 0.75, 0.99)
        )
        says = f"median {p50:.3g}, quartiles {q1:.3g} to {q3:.3g}, p99 {p99:.3g} ms; n = {len(lags)}"
        rows.append(
            {"client": name, "n": len(lags), "least": least, "q1": q1, "p50": p50, "q3": q3, "p99": p99, "says": says}
        )
    return rows


def order_rows(recorded: RecordedRun, cells: Sequence[RecordedCell]) -> Rows:
    """Kendall's tau of each round; the first row of a client says the median, the range and the number of pairs."""
    rows: Rows = []
    for name, rounds in _by_client(recorded, cells).items():
        found = [(c.record["metrics"]["order"], c.record["metrics"]["order_pairs"]) for c in rounds]
        taus = [tau for tau, _ in found if tau is not None]
        if not taus:
            continue
        pairs = sum(count for tau, count in found if tau is not None)
        spread = f" ({min(taus):.2f} to {max(taus):.2f})" if len(taus) > 1 else ""
        rounds_said = f"{len(taus)} rounds, " if len(taus) > 1 else ""
        says = f"{statistics.median(taus):.2f}{spread}; {rounds_said}{pairs} pairs"
        rows += [{"client": name, "tau": tau, "says": "" if i else says} for i, tau in enumerate(taus)]
    return rows


def round_rows(timings: Sequence[dict[str, Any]], scenario: str, server: str) -> Rows:
    """The time of each round as a multiple of the floor, from the timings in run.json.

    Each row has the median of its client and, with six rounds or more, the ends of its 95 % interval (else null).
    """
    rows: Rows = []
    for one in timings:
        if (one["scenario"], one["server"], one["figure"]) == (scenario, server, "time"):
            interval = f", 95 % interval {one['low']:.3f} to {one['high']:.3f}" if one["low"] is not None else ""
            says = f"median {one['median']:.3f}{interval}; n = {one['n']}"
            ends = {name: one[name] for name in ("median", "low", "high")}
            rows += [
                {"client": one["client"], "time": time, **ends, "says": "" if i else says}
                for i, time in enumerate(one["samples"])
            ]
    return rows


def likeness_rows(pairs: Sequence[dict[str, Any]]) -> Rows:
    """Both halves of the matrix, without the diagonal, from the pairs in run.json."""
    return [
        {"a": a, "b": b, "likeness": pair["likeness"], "n": pair["n"]}
        for pair in pairs
        for a, b in ((pair["a"], pair["b"]), (pair["b"], pair["a"]))
    ]


def names(rows: Sequence[dict[str, Any]], field: str = "client") -> list[str]:
    """The clients of the rows, each once, in the order of the rows."""
    return list(dict.fromkeys(row[field] for row in rows))


def _by_client(recorded: RecordedRun, cells: Sequence[RecordedCell]) -> dict[str, list[RecordedCell]]:
    found: dict[str, list[RecordedCell]] = {}
    for cell in cells:
        sound = cell.record["verdict"] != "lab-error" and cell.record["axes"].get("bytes") == ["exact"]
        if cell.record["evidence"] is not None and sound:
            found.setdefault(recorded.label(cell), []).append(cell)
    return found
