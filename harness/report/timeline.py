"""The timeline of a cell as a Vega-Lite specification, for the page and for pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.report.figures import MARGIN, PRINTED, REPORTED, SENT, Spec, quantity

LANES = 24  # with more tasks than this (a crowd), each kind of mark has one band of thin lanes


def is_crowd(tasks: int) -> bool:
    """Whether there are too many tasks to give each its own lane."""
    return tasks > LANES


def timeline(tasks: int, clock: tuple[float, float]) -> Spec:
    """One cell over time: sends and reports in a lane for each task, standard output below them.

    Its data are the tables of `marks.Marks` under their names.  It shows the seconds from the signal `clock_from` to
    the signal `clock_to`.
    """
    crowd = is_crowd(tasks)
    # Lane k is between k - 1 and k.  A crowd has three bands, one below the other, each with its first task on top.
    lane = {
        "sent": f"(datum.k - 0.5) / {tasks}" if crowd else "datum.k - 0.7",
        "reported": f"1.1 + (datum.k - 0.5) / {tasks}" if crowd else "datum.k - 0.28",
        "printed": f"{2.2 if crowd else tasks + 0.1} + (datum.k ? datum.k - 0.5 : {tasks} + 0.5) / {tasks}",
        "words": f"(datum.k - 0.5) / {tasks}" if crowd else "datum.k - 0.5",
    }
    bottom = 3.25 if crowd else tasks + 1.2 + 0.5 / tasks
    if crowd:
        names = (
            f"['sent: task 1 to {tasks}', 'reported: task 1 to {tasks}', 'standard output'][floor(datum.value / 1.1)]"
        )
        values = [0.5, 1.6, 2.7]
    else:
        names = f"datum.value > {tasks} ? 'standard output' : 'task ' + (datum.value + 0.5)"
        values = [*(task + 0.5 for task in range(tasks)), tasks + 0.6]
    y_axis = {
        "values": values, "labelExpr": names, "title": None, "ticks": False, "domain": False, "grid": False,
        "minExtent": MARGIN, "maxExtent": MARGIN,
    }  # fmt: skip
    x = quantity(
        "t",
        {"domain": [{"expr": "clock_from"}, {"expr": "clock_to"}], "nice": False, "zero": False},
        {"title": "seconds after the first accept", "tickCount": 8, "format": "~r"},
    )
    y = quantity("y", {"domain": [0, bottom], "reverse": True, "nice": False}, y_axis)

    def layer(kind: str, mark: Spec, *more: Spec, **encoding: Any) -> Spec:
        place = [{"calculate": lane[kind], "as": "y"}] if kind in lane else []
        tooltip = {} if kind == "words" else {"tooltip": {"expr": f"'{kind}'"}}
        drawn = {"clip": True, "aria": False, **tooltip, **mark}
        return {
            "name": kind,
            "data": {"name": kind},
            "transform": [*place, *more],
            "mark": drawn,
            "encoding": {"x": x, "y": y, **encoding},
        }

    small = {"size": 3, "opacity": 0.8}
    connections = layer(
        "open",
        {"type": "bar", "color": SENT, "opacity": 0.1},
        {"calculate": f"(datum.k - 1) / {tasks}" if crowd else "datum.k - 0.95", "as": "y"},
        {"calculate": f"datum.k / {tasks}" if crowd else "datum.k - 0.05", "as": "y2"},
        x2={"field": "u"},
        y2={"field": "y2"},
    )
    sent = {"type": "square", **small} if crowd else {"type": "tick", "thickness": 2, "size": 11, "opacity": 0.9}
    reported = small if crowd else {"shape": "triangle-up", "size": 32, "opacity": 0.75}
    printed = small if crowd else {"size": 26, "opacity": 0.9}
    words = layer(
        "words",
        {"type": "text", "align": "left", "dx": 5, "fontSize": 11, "fontStyle": "italic"},
        text={"field": "text"},
    )
    return {
        "width": 1000,
        "height": 440 if crowd else round(36 * (tasks + 1.2)),
        "autosize": {"type": "fit-x", "contains": "padding"},
        "params": [{"name": "clock_from", "value": clock[0]}, {"name": "clock_to", "value": clock[1]}],
        "layer": [
            connections,
            layer("sent", {"color": SENT, **sent}),
            layer("reported", {"type": "square" if crowd else "point", "filled": True, "color": REPORTED, **reported}),
            layer("printed", {"type": "square", "color": PRINTED, **printed}),
            words,
        ],
    }


def stacked(drawn: Sequence[tuple[str, dict[str, list[Spec]]]], tasks: int, clock: tuple[float, float]) -> Spec:
    """Timelines of several cells on one time axis, one below the other; `drawn` has (title, tables) of each cell."""
    parts: list[Spec] = []
    for title, tables in drawn:
        part = timeline(tasks, clock)
        layers = [
            {**layer, "name": f"{layer['name']}_{len(parts)}", "data": {"values": tables[layer["name"]]}}
            for layer in part["layer"]
        ]
        parts.append({"title": title, "width": part["width"], "height": part["height"], "layer": layers})
    return {"params": timeline(tasks, clock)["params"], "vconcat": parts, "spacing": 12, "padding": 12}
