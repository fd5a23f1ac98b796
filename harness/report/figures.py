"""The figures that compare clients, as Vega-Lite specifications, and what all figures of a report share.

Colour is never the only difference between two things: they also differ in place or shape.  Source of the grammar:
A. Satyanarayan et al., "Vega-Lite: A Grammar of Interactive Graphics", 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Spec = dict[str, Any]

VERSION = "6.4"  # of Vega-Lite
WIDTH = 700  # pixels of a plot that compares clients
MARGIN = 118  # pixels left of every plot, so that all plots have the same time axis
SENT, REPORTED, PRINTED = "#4a7fc1", "#d55e00", "#0a9a74"  # colour-blind readers see the difference on white and black

# The marks of the plots with a line for each client.
RANGE: Spec = {"type": "bar", "size": 10, "color": REPORTED, "opacity": 0.5}
MIDDLE: Spec = {"type": "tick", "thickness": 3, "size": 16, "color": REPORTED}
SAYS: Spec = {"type": "text", "align": "left", "dy": -11, "fontSize": 10}


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
    """A whole specification; its signal `ink` is the colour of words and axes, by default that of the page's text."""
    params = [{"name": "ink", "value": "currentColor"}, *body.get("params", [])]
    schema = "https://vega.github.io/schema/vega-lite/v6.json"
    return {"$schema": schema, "config": _config({"expr": "ink"}), **body, "params": params}


def quantity(field: str, scale: Spec, axis: Spec | None) -> Spec:
    """A number on a scale with an axis."""
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}


def _names(names: Sequence[str]) -> Spec:
    """The axis of clients, in the order given."""
    axis = {"title": None, "ticks": False, "domain": False, "grid": True, "labelLimit": 200, "minExtent": 200}
    return {"field": "client", "type": "nominal", "sort": list(names), "axis": axis, "scale": {"domain": list(names)}}


def _by_client(rows: Sequence[Spec], names: Sequence[str], *layers: Spec) -> Spec:
    """A plot with a line for each client."""
    return {
        "width": WIDTH,
        "height": {"step": 34},
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": list(rows)},
        "encoding": {"y": _names(names)},
        "layer": list(layers),
    }


def _layer(name: str, mark: Spec, *only: str, **encoding: Spec) -> Spec:
    """Marks for the rows in which all expressions of `only` are true."""
    return {"name": name, "transform": [{"filter": each} for each in only], "mark": mark, "encoding": encoding}


def lags(rows: Sequence[Spec], names: Sequence[str]) -> Spec:
    """The time from send to report: minimum, quartiles, median and p99, on a logarithmic scale.

    `rows` hold client, n, least, q1, p50, q3, p99 (in milliseconds) and `says`, a label.
    """
    scale = {"type": "log", "nice": True}
    axis = {"title": "milliseconds from send to report", "format": "~r", "tickCount": 5}
    rule = {"type": "rule", "color": REPORTED}
    return _by_client(
        rows,
        names,
        _layer("spread", rule, x=quantity("least", scale, axis), x2={"field": "p99"}),
        _layer("quartiles", RANGE, x=quantity("q1", scale, axis), x2={"field": "q3"}),
        _layer("median", MIDDLE, x=quantity("p50", scale, axis)),
        _layer("says", SAYS, x={"value": 4}, text={"field": "says"}),
    )


def orders(rows: Sequence[Spec], names: Sequence[str]) -> Spec:
    """Kendall's tau between the order sent and the order reported, a mark for each round: {client, tau, says}."""
    axis = {"title": "agreement with the order sent (Kendall's tau; 1: the same, -1: reversed)", "format": "~r"}
    diamond = {"type": "point", "shape": "diamond", "filled": True, "size": 70, "color": SENT, "opacity": 0.8}
    beside = {**SAYS, "align": "right", "dy": -9}
    return _by_client(
        rows,
        names,
        _layer("tau", diamond, x=quantity("tau", {"domain": [-1, 1.02], "nice": False}, axis)),
        _layer("says", beside, "datum.says", x=quantity("tau", {}, axis), text={"field": "says"}),
    )


def rounds(rows: Sequence[Spec], names: Sequence[str]) -> Spec:
    """The time of each round, with the median and its 95 % interval: {client, time, median, low, high, says}."""
    scale = {"zero": False}
    axis = {"title": "time ÷ floor", "format": "~r", "tickCount": 6}
    low, high = quantity("low", scale, axis), {"field": "high"}
    return _by_client(
        rows,
        names,
        _layer("interval", RANGE, "datum.says", "isValid(datum.low)", x=low, x2=high),
        _layer("rounds", {"type": "point", "size": 36, "color": SENT}, x=quantity("time", scale, axis)),
        _layer("median", MIDDLE, "datum.says", x=quantity("median", scale, axis)),
        _layer("says", SAYS, "datum.says", x={"value": 4}, text={"field": "says"}),
    )


def likeness(rows: Sequence[Spec], names: Sequence[str]) -> Spec:
    """The likeness of each pair of interleavings as a heat map with numbers: {a, b, likeness, n}."""
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
