"""What changed between two runs: verdicts, traits, and the timings that differ by more than noise."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from harness.judge.samples import shift
from harness.judge.timings import BASE, timing_differences
from harness.printable import printable
from harness.report.recorded import RecordedRun, by_cell

TOLD = 0.1  # from here on, what all clients have in common is told

Key = tuple[str, str, str]  # scenario, client, server
WHERE = ("backend", "engine", "kernel", "cpu", "cores", "runtimes", "pace", "seed", "tasks")  # timings depend on these
Cells = list[dict[str, Any]]


def diff(before: RecordedRun, after: RecordedRun) -> list[str]:
    """One line for each verdict and trait that changed, by cell; no line if the runs agree."""
    old, new = _cells(before), _cells(after)
    several = len({server for _, _, server in [*old, *new]}) > 1
    lines = []
    for key in dict.fromkeys([*old, *new]):
        name = " · ".join(key if several else key[:2])
        lines += [printable(f"{name}: {change}") for change in changes(old.get(key), new.get(key))]
    return lines


def timing_lines(before: RecordedRun, after: RecordedRun) -> list[str]:
    """Which timings differ by more than noise, what else may be the reason, or why nothing can be said."""
    compared = timing_differences(before.run["cells"], after.run["cells"])
    if not compared.compared:
        return []
    if compared.needed:
        return [f"timings: not compared; each run must have {compared.needed} rounds or more"]
    names = {figure: f"({figure} - {base:.0f})" for figure, base in BASE.items()}
    ratios = {figure: ratio for figure, ratio in compared.together.items() if abs(ratio - 1) >= TOLD}
    together = [f"{names.get(figure, figure)} × {ratio:.2f}" for figure, ratio in ratios.items()]
    common = [f"all clients together: {', '.join(together)}; the machine or the servers"] if together else []
    if not compared.found:
        return [f"timings: none of {compared.compared} differs by more than noise", *common]
    several = any(recorded.several_servers for recorded in (before, after))
    lines = [f"timings: {len(compared.found)} of {compared.compared} differ by more than noise"]
    for (scenario, client, server, figure), old, new, p in compared.found:
        name = " · ".join([scenario, client, server] if several else [scenario, client])
        medians = f"{statistics.median(old):.4g} → {statistics.median(new):.4g}"
        rounds = f"{len(old)} and {len(new)} rounds"
        lines.append(printable(f"{name}: {figure} {medians} ({shift(old, new):+.4g}; {rounds}; p = {p:.2g})"))
    made = [(recorded.run["provenance"], recorded.run["options"]) for recorded in (before, after)]
    other = [key for one, then in zip(*made, strict=True) for key in WHERE if one.get(key) != then.get(key)]
    return [*lines, *common, *([f"the runs also differ in: {', '.join(other)}"] if other else [])]


def _cells(recorded: RecordedRun) -> dict[Key, Cells]:
    groups = (rounds for _, rounds in by_cell(recorded))
    return {(r[0].scenario, r[0].client, r[0].server): [cell.record for cell in r] for r in groups}


def changes(old: Cells | None, new: Cells | None) -> Iterator[str]:
    """How verdicts and traits of one cell differ between its rounds in two runs; None if a run has no such cell."""
    if old is None or new is None:
        yield f"only in the {'second' if old is None else 'first'} run"
        return
    verdicts = _verdicts(old), _verdicts(new)
    if verdicts[0] != verdicts[1]:
        yield f"verdict {' and '.join(verdicts[0])} → {' and '.join(verdicts[1])}"
    for axis in dict.fromkeys(name for cell in (*old, *new) for name in cell["axes"]):
        seen, possible = zip(_observed(old, axis), _observed(new, axis), strict=True)
        # A value is a change only if the other run rules it out, not if that run leaves it open.
        if possible[0] and possible[1] and (seen[0] - possible[1] or seen[1] - possible[0]):
            yield f"{axis} {_said(seen[0], possible[0])} → {_said(seen[1], possible[1])}"


def _verdicts(cells: Sequence[dict[str, Any]]) -> list[str]:
    """The verdicts of all rounds, each once, with their reasons."""
    return sorted({_verdict(cell) for cell in cells})


def _verdict(cell: dict[str, Any]) -> str:
    code = "" if cell["reason"]["code"] == "as-declared" else f" ({cell['reason']['code']})"
    return f"{cell['verdict']}{code}{'' if cell['expected'] else ', unexpected'}"


def _observed(cells: Sequence[dict[str, Any]], axis: str) -> tuple[set[str], set[str]]:
    """The values of an axis that some round showed for certain, and all values that some round allows."""
    values = [cell["axes"].get(axis, ()) for cell in cells]
    return {one[0] for one in values if len(one) == 1}, {value for one in values for value in one}


def _said(seen: set[str], possible: set[str]) -> str:
    return " and ".join(sorted(seen)) or " or ".join(sorted(possible))
