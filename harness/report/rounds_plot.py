"""A plot of the rounds: every sample of one figure, with the medians and their 95 % intervals, as SVG for a page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

WIDTH, NAMES, ROW, AXIS = 700, 220, 26, 38  # pixels: of all, of the clients' names, of a row, of the axis below
TICKS = 6  # at most
UNITS = {
    "time": "time ÷ floor",
    "lag_ms": "median lag in milliseconds",
    "startup_s": "start-up in seconds",
    "cpu_s": "CPU time in seconds",
}


def rounds_plot(timings: Sequence[dict[str, Any]]) -> str:
    """One row for each of these timings, which must be of one figure: a circle for each round.

    The bar is the 95 % interval of the median, which takes 6 rounds or more, and the stroke is the median.
    """
    samples = [value for timing in timings for value in timing["samples"]]
    ticks = _ticks(min(samples), max(samples))
    least, most = ticks[0], ticks[-1]

    def x(value: float) -> str:
        return f"{NAMES + (WIDTH - NAMES - 20) * (value - least) / (most - least):.1f}"

    bottom = ROW * len(timings)
    parts = [
        f'<path d="M{x(tick)} 0V{bottom + 4}" stroke="currentColor" opacity=".15"/>'
        f'<text x="{x(tick)}" y="{bottom + 16}" text-anchor="middle">{tick:g}</text>'
        for tick in ticks
    ]
    for row, timing in enumerate(timings):
        y = ROW * row + ROW // 2
        said = f"median {timing['median']:g}, {timing['n']} rounds"
        if timing["low"] is not None:
            said += f", 95 % interval {timing['low']:g} to {timing['high']:g}"
            bar = f'd="M{x(timing["low"])} {y}H{x(timing["high"])}" stroke="#d55e00" stroke-width="8" opacity=".4"'
            parts.append(f"<path {bar}/>")
        circles = "".join(f'<circle cx="{x(value)}" cy="{y}" r="3"/>' for value in timing["samples"])
        stroke = f'<path d="M{x(timing["median"])} {y - 8}v16" stroke="#d55e00" stroke-width="3"/>'
        name = f'<text x="{NAMES - 10}" y="{y + 4}" text-anchor="end">{escape(timing["client"])}</text>'
        parts.append(f'<g fill="none" stroke="currentColor" opacity=".6">{circles}</g>{stroke}{name}')
        parts.append(f"<title>{escape(timing['client'])}: {said}</title>")
    unit = (
        f'<text x="{(NAMES + WIDTH) // 2}" y="{bottom + 32}" text-anchor="middle">{UNITS[timings[0]["figure"]]}</text>'
    )
    frame = f'viewBox="0 0 {WIDTH} {bottom + AXIS}" width="{WIDTH}" font-family="system-ui, sans-serif" font-size="12"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {frame} fill="currentColor">{"".join(parts)}{unit}</svg>'
    )


def _ticks(least: float, most: float) -> list[float]:
    """Round numbers, the same step apart, from at most `least` to at least `most`."""
    span = most - least or abs(most) or 1.0
    power = 10.0 ** math.floor(math.log10(span / TICKS))
    step = next(power * factor for factor in (1, 2, 5, 10, 20) if span / (power * factor) <= TICKS - 2)
    first, last = math.floor(least / step), math.ceil(most / step)
    return [round(step * number, 10) for number in range(first, max(last, first + 1) + 1)]
