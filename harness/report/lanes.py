"""Timelines drawn by hand as SVG paths, for the page, its matrix and pictures.

A task has a lane: what its server sent above, what the client reported below; standard output has one lane under all.
A crowd, whose tasks are too many for lanes, has three bands of cells that are darker where more marks lie.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.report.marks import Marks

LANES = 24  # with more tasks than this (a crowd), each kind of mark has one band of thin lanes
KINDS = ("sent", "reported", "printed")
LEVELS = (0.15, 0.5)  # a cell's level is the number of these shares of the fullest cell that it exceeds
POINT = "h.01"  # the shape is made by the ends of the line; a line of no length has none in PDF
FAULT = 5  # pixels: the length of a crowd's fault
CELL = 2  # pixels: the width of a crowd's cells in a timeline

Paths = dict[str, str]  # by CSS class, the data of an SVG path


@dataclass(frozen=True)
class Plot:
    """The geometry of one cell's timeline, in pixels; `clock` is the time shown, in seconds after the first accept.

    `lane` is the height of a task's lane, `out` that of standard output; a crowd's three bands have the height `lane`.
    `digits` are those of coordinates; `column` is the width of the cells in which a crowd is counted.
    """

    tasks: int
    clock: tuple[float, float]
    width: int = 1000
    lane: int = 20
    out: int = 14
    digits: int = 2
    column: int = CELL

    @property
    def crowd(self) -> bool:
        """Whether there are too many tasks to give each its own lane."""
        return self.tasks > LANES

    @property
    def gap(self) -> int:
        """Between the bands of a crowd."""
        return max(1, self.lane // 12)

    @property
    def height(self) -> int:
        """The height of the whole timeline."""
        return 3 * self.lane + 2 * self.gap if self.crowd else self.tasks * self.lane + self.out

    def x(self, t: float) -> float:
        """The place of a time."""
        start, end = self.clock
        return round((t - start) / (end - start) * self.width, self.digits)

    def y(self, kind: str, task: int) -> float:
        """The middle of a mark; output that belongs to no task lies below all tasks."""
        if self.crowd:
            top = KINDS.index(kind) * (self.lane + self.gap)
            return top + self.lane * (min(task, self.tasks) - 0.5 if task else self.tasks) / self.tasks
        if kind == "printed":
            place = (task - 0.5 if task else self.tasks + 0.3) / (self.tasks + 0.6)
            return round(self.tasks * self.lane + 1 + (self.out - 2) * place, 1)
        return round((task - 1 + (0.28 if kind == "sent" else 0.74)) * self.lane, 1)

    def labels(self) -> list[tuple[str, float]]:
        """What stands left of the lanes: (label, its middle)."""
        if self.crowd:
            return [(kind, i * (self.lane + self.gap) + self.lane / 2) for i, kind in enumerate(KINDS)]
        tasks = [(str(task), (task - 0.5) * self.lane) for task in range(1, self.tasks + 1)]
        return [*tasks, ("out", self.tasks * self.lane + self.out / 2)]


def paths(marks: Marks, plot: Plot) -> Paths:
    """The paths of a timeline.  A send is an upright stroke; a report and a piece of output are points."""
    if plot.crowd:
        return _crowd(marks, plot)
    tick, edge = round(plot.lane * 0.4, 1), round(plot.lane * 0.06, 1)
    whole = f"v{plot.lane - 2 * edge:g}"  # down a lane, all but its edges

    def top(task: int) -> str:
        return f"{(task - 1) * plot.lane + edge:g}"

    def width(row: dict[str, Any]) -> str:
        return f"{max(1, round(plot.x(row['u']) - plot.x(row['t']), plot.digits)):g}"

    def point(kind: str, row: dict[str, Any]) -> str:
        return f"M{plot.x(row['t']):g} {plot.y(kind, row['k']):g}"

    def known(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        return (row for row in rows if 0 < row["k"] <= plot.tasks)

    return {
        "open": _joined(
            f"M{plot.x(row['t']):g} {top(row['k'])}h{width(row)}{whole}H{plot.x(row['t']):g}z"
            for row in known(marks.open)
        ),
        "sent": _joined(
            f"M{plot.x(row['t']):g} {plot.y('sent', row['k']) - tick / 2:.4g}v{tick:g}" for row in known(marks.sent)
        ),
        "reported": _joined(f"{point('reported', row)}{POINT}" for row in known(marks.reported)),
        "printed": _joined(f"{point('printed', row)}{POINT}" for row in marks.printed),
        "fault": _joined(f"M{plot.x(row['t']):g} {top(row['k'])}{whole}" for row in known(marks.words)),
    }


def _joined(parts: Iterator[str]) -> str:
    """Each part once: in a small picture many marks fall on the same place."""
    return "".join(dict.fromkeys(parts))


def _crowd(marks: Marks, plot: Plot) -> Paths:
    """The bands of a crowd: the marks are counted in cells, and a path holds all cells of one kind and level."""
    rows = min(plot.lane, plot.tasks)
    high = plot.lane / rows
    found: dict[str, list[str]] = {}
    for kind in KINDS:
        top = KINDS.index(kind) * (plot.lane + plot.gap)
        counts = Counter(
            (min(rows - 1, max(0, row["k"] - 1) * rows // plot.tasks), int(plot.x(row["t"]) // plot.column))
            for row in getattr(marks, kind)
            if row["k"] <= plot.tasks
        )
        most = max(counts.values(), default=1)
        last: tuple[int, int, int] | None = None  # row, column and level of the cell before
        for (row, column), count in sorted(counts.items()):
            level = sum(count > most * share for share in LEVELS)
            path = found.setdefault(f"{kind} level{level}", [])
            if last == (row, column - 1, level):
                path.append(f"h{plot.column}")
            else:
                path.append(f"M{column * plot.column} {top + (row + 0.5) * high:.5g}h{plot.column}")
            last = row, column, level
    faults = (f"M{plot.x(row['t']):g} {plot.y('sent', row['k']):.4g}h{FAULT}" for row in marks.words if row["k"])
    return {**{name: "".join(parts) for name, parts in found.items()}, "fault": _joined(faults)}


def ticks(clock: tuple[float, float], most: int = 10) -> list[float]:
    """Round times within the clock, `most` at most: steps of 1, 2 or 5 times a power of ten."""
    start, end = clock
    rough = (end - start) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    return [round(step * i, 9) for i in range(math.ceil(start / step), math.floor(end / step) + 1)]
