"""The failure matrix in Markdown: what each client did when something went wrong.

An entry is a key.  A sentence below the matrix explains each key; it is made of what was observed: verdict, axes, exit
status.  So clients that did the same have the same key, and a new axis or scenario needs no change here.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from itertools import count, product
from string import ascii_lowercase
from typing import Any

from harness.judge.axes import AXES, FAILING
from harness.judge.axes.failing import EXIT
from harness.judge.stability import unstable
from harness.printable import counted
from harness.report.hardware import hardware
from harness.report.recorded import RecordedCell, RecordedRun, by_cell, without_paths
from harness.report.summary import text

Cell = dict[str, Any]

TIMES = {
    "gave_up_s": "s: from the last byte sent until the client closed the connection, as the server saw it; if the "
    "server did not accept the connection, from the first attempt to the client's line about the failure",
    "hang_up_ms": "ms: from the signal, or from the closing of standard output, until the client had closed all "
    "connections, as the servers saw it",
}
ALWAYS = ("wall_s", "floor_s", "startup_s", "cpu_s", "accept_spread_ms")  # times that every cell has


def failures(recorded: RecordedRun) -> str:
    """The matrix, the sentences of its keys, the summaries of its scenarios, and notes on what could not be read."""
    names = [name for name, scenario in recorded.scenarios.items() if scenario.has_fault]
    keys: dict[str, str] = {}
    shown: dict[str, None] = {}
    fresh = _fresh_keys()
    rows: dict[str, dict[str, str]] = {}
    for cell, rounds in by_cell(recorded):
        if cell.scenario in names:
            said = sentence(cell.record)
            if said not in keys:
                keys[said] = next(fresh)
            times = _times(rounds)
            shown |= dict.fromkeys(times)
            entry = [
                keys[said] + ("" if cell.record["expected"] else "!"),
                *(_time(*each) for each in times.items()),
            ]
            if unstable(recorded.run, cell.record):
                entry.append("unstable")
            rows.setdefault(recorded.label(cell), {})[cell.scenario] = ", ".join(entry)
    if not rows:
        return "This run has no scenario with a fault.\n"
    table = [
        ["client", *map(text, names)],
        *([text(label), *(row.get(name, "") for name in names)] for label, row in rows.items()),
    ]
    made = recorded.run["provenance"]
    lines = [
        *_aligned(table),
        "",
        *(f"- `{key}` {said}" for said, key in keys.items()),
        *(f"- {TIMES.get(name, text(name))}." for name in shown),
        "",
        *(f"- {text(name)}: {text(recorded.scenarios[name].summary)}." for name in names),
        "",
        f"Run {text(recorded.run['id'])}: {made['backend']}, {hardware(made)}.",
        *_notes(recorded, names),
    ]
    return "\n".join(lines) + "\n"


def sentence(record: Cell) -> str:
    """What the client did in one cell, as one sentence of Markdown."""
    verdict, code = record["verdict"], record["reason"]["code"]
    if not record["axes"]:
        return f"Not run ({verdict}): {text(without_paths(record['reason']['sentence']))}."
    if verdict == "lab-error":
        return f"The lab was at fault ({text(code)}), so this cell says nothing about the client."
    parts = list(_observed(record))
    if verdict != "pass":
        parts.insert(0, f"**{verdict}**{', as declared' if record['expected'] else ''} ({text(code)})")
    said = "; ".join(parts)
    return f"{said[:1].upper()}{said[1:]}."


def _observed(record: Cell) -> Iterator[str]:
    axes = record["axes"]
    if not axes.get("isolation"):
        yield f"standard output is {'correct' if axes['bytes'] == ['exact'] else 'wrong'}"
    for name, values in axes.items():
        axis = AXES.get(name)  # None for an axis of another version of the lab
        if len(values) == 1 and (axis is None or axis in FAILING):
            unknown = text(f"{name}: {values[0]}")
            yield unknown if axis is None else axis.sayings.get(values[0], unknown)
    if record["exit_status"] is not None:
        truth = (EXIT.sayings.get(value, text(value)) for value in axes["exit"])
        yield ", ".join([f"exit {record['exit_status']}", *truth])
    elif record["signal"] is not None:
        yield f"ended by signal {record['signal']}"


def _times(rounds: Sequence[RecordedCell]) -> dict[str, float]:
    """The times that only a cell with a fault has, each as the median over the rounds."""
    found: dict[str, list[float]] = {}
    for cell in rounds:
        for name, value in cell.record["metrics"].items():
            if name.endswith(("_s", "_ms")) and name not in ALWAYS and isinstance(value, int | float):
                found.setdefault(name, []).append(value)
    return {name: statistics.median(values) for name, values in found.items()}


def _time(name: str, value: float) -> str:
    return f"{value:.0f} ms" if name.endswith("_ms") else f"{value:.2f} s"


def _fresh_keys() -> Iterator[str]:
    return ("".join(letters) for size in count(1) for letters in product(ascii_lowercase, repeat=size))


def _notes(recorded: RecordedRun, names: Sequence[str]) -> Iterator[str]:
    yield from (text(without_paths(note)) for note in recorded.notes)
    cells = [cell for cell in recorded.cells if cell.scenario in names]
    unread = sum(cell.evidence is None and cell.record["evidence"] is not None for cell in cells)
    if unread:
        yield (
            f"{unread} of {counted(len(cells), 'cell')} could not be judged again, because the run's folder does not "
            "hold their evidence: the recorded verdicts are shown."
        )


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table that is aligned, so that it can be read on a terminal as well."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [f"| {' | '.join(map(str.ljust, row, widths))} |" for row in rows]
    return [lines[0], f"|{'|'.join('-' * (width + 2) for width in widths)}|", *lines[1:]]
