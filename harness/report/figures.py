"""The figures of a report as Vega-Lite specifications: the page draws them live, slides get them as pictures.

Every distinction is one of place or shape as well as of colour.  Source of the grammar: A. Satyanarayan et al.,
"Vega-Lite: A Grammar of Interactive Graphics", 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Spec = dict[str, Any]

VERSION = "6.4"  # of Vega-Lite
LANES = 24  # up to this many tasks have a lane each; a crowd has a band of thin lanes for each kind of mark
MARGIN = 118  # pixels left of every plot, so that one clock stands under all
SENT, REPORTED, PRINTED = "#4a7fc1", "#d55e00", "#0a9a74"  # told apart by the colour-blind too, on white and on black


def _config(ink: str | Spec) -> Spec:
    axis = {
        "labelColor": ink,
        "titleColor": ink,
        "domainColor": ink,
        "tickColor": ink,
        "gridColor": ink,
        "domainOpacity": 0.4,
        "tickOpacity": 0.4,
        "gridOpacity": 0.12,
        "titleFontWeight": "normal",
        "labelLimit": MARGIN - 12,
    }
    return {
        "font": "system-ui, 'DejaVu Sans', sans-serif",
        "background": None,
        "view": {"stroke": None},
        "axis": axis,
        "text": {"color": ink},
        "title": {"color": ink, "anchor": "start", "fontWeight": "bold"},
    }


def spec(body: Spec) -> Spec:
    """A whole specification; its signal `ink` is the colour of words and axes, at first that of the page's text."""
    params = [{"name": "ink", "value": "currentColor"}, *body.get("params", [])]
    schema = "https://vega.github.io/schema/vega-lite/v6.json"
    return {"$schema": schema, "config": _config({"expr": "ink"}), **body, "params": params}


def _quantity(field: str, scale: Spec, axis: Spec | None) -> Spec:
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}


def is_crowd(tasks: int) -> bool:
    """Whether there are too many tasks for a lane each."""
    return tasks > LANES


def timeline(tasks: int, clock: tuple[float, float], *, width: int = 1000) -> Spec:
    """One cell over time: sends and reports in a lane for each task, standard output beneath.

    Its data are the tables of `marks.Marks` under their names; the signals `clock_from` and `clock_to` are the
    seconds shown.
    """
    crowd = is_crowd(tasks)
    # Lane k lies between k - 1 and k.  A crowd's three kinds lie one under the other, each from its first task down.
    lane = {
        "sent": f"(datum.k - 0.5) / {tasks}" if crowd else "datum.k - 0.7",
        "reported": f"1.1 + (datum.k - 0.5) / {tasks}" if crowd else "datum.k - 0.28",
        "printed": f"{2.2 if crowd else tasks + 0.1} + (datum.k ? datum.k - 0.5 : {tasks} + 0.5) / {tasks}",
        "words": f"(datum.k - 0.5) / {tasks}" if crowd else "datum.k - 0.5",
    }
    bottom = 3.25 if crowd else tasks + 1.2 + 0.5 / tasks
    if crowd:
        names = f"['sent: task 1 to {tasks}', 'seen: task 1 to {tasks}', 'standard output'][floor(datum.value / 1.1)]"
        values = [0.5, 1.6, 2.7]
    else:
        names = f"datum.value > {tasks} ? 'standard output' : 'task ' + (datum.value + 0.5)"
        values = [*(task + 0.5 for task in range(tasks)), tasks + 0.6]
    y_axis = {
        "values": values, "labelExpr": names, "title": None, "ticks": False, "domain": False, "grid": False,
        "minExtent": MARGIN, "maxExtent": MARGIN,
    }  # fmt: skip
    x = _quantity(
        "t",
        {"domain": [{"expr": "clock_from"}, {"expr": "clock_to"}], "nice": False, "zero": False},
        {"title": "seconds after the first accept", "tickCount": 8, "format": "~r"},
    )
    y = _quantity("y", {"domain": [0, bottom], "reverse": True, "nice": False}, y_axis)

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
        "width": width,
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


def _names(names: Sequence[str]) -> Spec:
    """The axis of clients, in the order given."""
    axis = {"title": None, "ticks": False, "domain": False, "grid": True, "labelLimit": 200, "minExtent": 200}
    return {"field": "client", "type": "nominal", "sort": list(names), "axis": axis, "scale": {"domain": list(names)}}


def stacked(drawn: Sequence[tuple[str, dict[str, list[Spec]]]], tasks: int, clock: tuple[float, float]) -> Spec:
    """Timelines of several cells, (title, tables) each, one under the other on one clock, with their data in them."""
    parts: list[Spec] = []
    for title, tables in drawn:
        part = timeline(tasks, clock)
        layers = [
            {**layer, "name": f"{layer['name']}_{len(parts)}", "data": {"values": tables[layer["name"]]}}
            for layer in part["layer"]
        ]
        parts.append({"title": title, "width": part["width"], "height": part["height"], "layer": layers})
    return {"params": timeline(tasks, clock)["params"], "vconcat": parts, "spacing": 12, "padding": 12}


def lags(rows: Sequence[Spec], names: Sequence[str], *, width: int = 700) -> Spec:
    """How long after its sending each report was seen: least, quartiles, median and p99, on a logarithmic scale.

    `rows` hold client, n, least, q1, p50, q3, p99 (in milliseconds) and `says`.
    """
    scale = {"type": "log", "nice": True}
    axis = {"title": "milliseconds from sending to sight", "format": "~r", "tickCount": 5}
    y = _names(names)
    return {
        "width": width,
        "height": {"step": 34},
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": list(rows)},
        "layer": [
            {
                "name": "spread",
                "mark": {"type": "rule", "color": REPORTED},
                "encoding": {"y": y, "x": _quantity("least", scale, axis), "x2": {"field": "p99"}},
            },
            {
                "name": "quartiles",
                "mark": {"type": "bar", "size": 10, "color": REPORTED, "opacity": 0.5},
                "encoding": {"y": y, "x": _quantity("q1", scale, axis), "x2": {"field": "q3"}},
            },
            {
                "name": "median",
                "mark": {"type": "tick", "thickness": 3, "size": 16, "color": REPORTED},
                "encoding": {"y": y, "x": _quantity("p50", scale, axis)},
            },
            {
                "name": "says",
                "mark": {"type": "text", "align": "left", "dy": -11, "fontSize": 10},
                "encoding": {"y": y, "x": {"value": 4}, "text": {"field": "says"}},
            },
        ],
    }


def orders(rows: Sequence[Spec], names: Sequence[str], *, width: int = 700) -> Spec:
    """Kendall's tau of the order seen against the order sent, a mark for each round: {client, tau, says}."""
    axis = {"title": "agreement with the order sent (Kendall's tau; 1: the same, -1: its reverse)", "format": "~r"}
    y = _names(names)
    return {
        "width": width,
        "height": {"step": 34},
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": list(rows)},
        "layer": [
            {
                "name": "tau",
                "mark": {
                    "type": "point",
                    "shape": "diamond",
                    "filled": True,
                    "size": 70,
                    "color": SENT,
                    "opacity": 0.8,
                },
                "encoding": {"y": y, "x": _quantity("tau", {"domain": [-1, 1.02], "nice": False}, axis)},
            },
            {
                "name": "says",
                "transform": [{"filter": "datum.says"}],
                "mark": {"type": "text", "align": "right", "dy": -9, "fontSize": 10},
                "encoding": {"y": y, "x": _quantity("tau", {}, axis), "text": {"field": "says"}},
            },
        ],
    }


def likeness(rows: Sequence[Spec], names: Sequence[str]) -> Spec:
    """The likeness of every two interleavings as a heat map, the number written in: {a, b, likeness, n}."""
    side = {"type": "nominal", "sort": list(names), "scale": {"domain": list(names)}}
    axis = {"title": None, "ticks": False, "domain": False, "labelLimit": 200}
    return {
        "width": {"step": 66},
        "height": {"step": 34},
        "data": {"values": list(rows)},
        "encoding": {
            "x": {"field": "b", **side, "axis": {**axis, "labelAngle": -30, "orient": "bottom"}},
            "y": {"field": "a", **side, "axis": {**axis, "minExtent": 200}},
        },
        "layer": [
            {
                "name": "cells",
                "mark": {"type": "rect", "stroke": "#888", "strokeWidth": 0.5},
                "encoding": {
                    "color": {
                        "field": "likeness",
                        "type": "quantitative",
                        "scale": {"domain": [0, 1], "range": ["#f2f5fa", "#2d62a3"]},
                        "legend": None,
                    }
                },
            },
            {
                "name": "numbers",
                "mark": {"type": "text", "fontSize": 12},
                "encoding": {
                    "text": {"field": "likeness", "type": "quantitative", "format": ".2f"},
                    "color": {"condition": {"test": "datum.likeness > 0.55", "value": "#fff"}, "value": "#111"},
                },
            },
        ],
    }
