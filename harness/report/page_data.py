"""What the page's script needs of one scenario, in few bytes: marks, poems and send logs."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from harness.judge.axes import TRAITS
from harness.report.lanes import Plot
from harness.report.marks import Marks
from harness.report.recorded import RecordedCell
from harness.spec.scenario import Scenario

STEP = 1e-5  # seconds: the unit of a mark's time
KEPT = 300_000  # bytes of a poem in the page


def cell_data(scenario: Scenario, plot: Plot, drawn: Mapping[str, tuple[RecordedCell, Marks]]) -> dict[str, Any]:
    """The data of a scenario.

    Its plot; its poems (of a very long one the first part) and their sizes; the server of each task; and its cells by
    their anchors.  A cell has its tables of marks, as columns; what its client does, by trait; the time of its first
    accept; its send log, packed.
    """
    return {
        "plot": {**asdict(plot), "height": plot.height, "gap": plot.gap, "crowd": plot.crowd},
        "poems": [base64.b64encode(server.poem[:KEPT]).decode() for server in scenario.servers],
        "sizes": [len(server.poem) for server in scenario.servers],
        "tasks": list(scenario.tasks),
        "cells": {
            anchor: {
                "marks": {kind: _columns(rows) for kind, rows in marks.tables().items()},
                "does": _does(cell.record),
                "start": marks.start,
                "log": base64.b64encode(zlib.compress(cell.send_log)).decode(),
            }
            for anchor, (cell, marks) in drawn.items()
        },
    }


def _does(record: Mapping[str, Any]) -> dict[str, str]:
    """What the client does in this cell, in words, by each trait that the cell tells."""
    observed = [(trait, record["axes"].get(trait.name, ())) for trait in TRAITS]
    told = [(trait, values[0]) for trait, values in observed if len(values) == 1]
    return {trait.name: trait.sayings[value] for trait, value in told if value in trait.sayings}


def _columns(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Rows as columns, which need less space; times `t` and `u` in steps, `t` as the difference from the row before."""
    names = dict.fromkeys(name for row in rows for name in row)
    columns: dict[str, list[Any]] = {name: [row.get(name) for row in rows] for name in names}
    if rows:
        times = [round(t / STEP) for t in columns["t"]]
        columns["t"] = [after - before for before, after in pairwise([0, *times])]
    if "u" in columns:
        columns["u"] = [round(u / STEP) for u in columns["u"]]
    return columns
