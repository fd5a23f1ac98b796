"""The timelines of one scenario as a picture for slides: all clients on one time axis, one below the other."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

import vl_convert

from harness.errors import UsageError
from harness.printable import printable
from harness.report.lanes import Plot, paths, ticks
from harness.report.marks import Marks, marks
from harness.report.recorded import RecordedRun, by_cell

COLOURS = {"sent": "#2f6bb3", "reported": "#c24a00", "printed": "#07795a", "fault": "#b3261e", "ink": "#1c2024"}
STYLE = {
    "open": f'fill="{COLOURS["sent"]}" fill-opacity="0.11"',
    "sent": f'fill="none" stroke="{COLOURS["sent"]}" stroke-width="1.5"',
    "reported": f'fill="none" stroke="{COLOURS["reported"]}" stroke-width="4.5" stroke-linecap="round"',
    "printed": f'fill="none" stroke="{COLOURS["printed"]}" stroke-width="4" stroke-linecap="square"',
    "fault": f'fill="none" stroke="{COLOURS["fault"]}" stroke-width="2"',
}
LEVELS = (0.35, 0.65, 1)
LEGEND = (
    ("❙ sent by a server", "sent"),
    ("● reported by the client", "reported"),
    ("■ on its standard output", "printed"),
)
EDGE, NAMES, HEAD, AXIS, GAP = 14, 256, 62, 36, 12  # pixels: margin, the clients' names, title, time axis, between two


def svg(recorded: RecordedRun, *, fluid: bool = False) -> str:
    """The picture of the first scenario, as SVG; UsageError if there is nothing to draw.

    A fluid picture is as wide as the place where it is shown.
    """
    name = recorded.run["scenarios"][0]["name"]
    drawn = [
        (recorded.label(cell), marks(cell.evidence))
        for cell, _ in by_cell(recorded)
        if cell.evidence and cell.scenario == name
    ]
    if not drawn:
        raise UsageError(f"nothing to draw for scenario {name}: no cell of it was run, or no evidence can be read")
    spans = [found.span for _, found in drawn]
    clock = (min(start for start, _ in spans), max(end for _, end in spans) * 1.01)
    tasks = len(recorded.scenarios[name].tasks)
    plot = Plot(tasks, clock, lane=100 if Plot(tasks, clock).crowd else Plot.lane)
    bottom = HEAD + len(drawn) * (plot.height + GAP)
    size = (NAMES + plot.width + 4 * EDGE, bottom + AXIS)
    sized = 'width="100%"' if fluid else f'width="{size[0]}" height="{size[1]}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {sized} viewBox="0 0 {size[0]} {size[1]}" '
        f'font-family="system-ui, \'DejaVu Sans\', sans-serif" font-size="12" fill="{COLOURS["ink"]}">',
        f'<rect width="{size[0]}" height="{size[1]}" fill="white"/>',
        _text(EDGE, 24, f"{name}: {recorded.run['scenarios'][0]['summary']}", 'font-size="16" font-weight="bold"'),
        *(_text(EDGE + 190 * i, 46, said, f'fill="{COLOURS[kind]}"') for i, (said, kind) in enumerate(LEGEND)),
        f'<g transform="translate({EDGE + NAMES} {HEAD})">',
        *_axis(plot, bottom - HEAD),
        "</g>",
    ]
    for i, (label, found) in enumerate(drawn):
        parts += [
            f'<g transform="translate({EDGE} {HEAD + i * (plot.height + GAP)})">',
            *_client(label, found, plot),
            "</g>",
        ]
    return "\n".join([*parts, "</svg>\n"])


def png(recorded: RecordedRun) -> bytes:
    """The same picture as PNG, at twice the size, so that it is sharp on slides."""
    return bytes(vl_convert.svg_to_png(svg(recorded), scale=2))


def _client(label: str, found: Marks, plot: Plot) -> Iterator[str]:
    yield _text(0, plot.height / 2 + 4, label, 'font-weight="bold"')
    for lane, y in plot.labels():
        yield _text(NAMES - 6, y + 4, lane, 'font-size="10" text-anchor="end"')
    yield f'<g transform="translate({NAMES} 0)">'
    for name, path in paths(found, plot).items():
        if path:
            yield f'<path {_style(name, plot)} d="{path}"/>'
    for word in () if plot.crowd else found.words:
        style = f'font-size="11" font-style="italic" fill="{COLOURS["fault"]}"'
        yield _text(plot.x(word["t"]) + 4, (word["k"] - 0.6) * plot.lane, word["text"], style)
    yield "</g>"


def _style(name: str, plot: Plot) -> str:
    if name in STYLE:
        return STYLE[name]
    kind, _, level = name.partition(" level")
    thick = 1.1 * plot.lane / min(plot.lane, plot.tasks)
    return f'fill="none" stroke="{COLOURS[kind]}" stroke-opacity="{LEVELS[int(level)]}" stroke-width="{thick:g}"'


def _axis(plot: Plot, bottom: float) -> Iterator[str]:
    for t in ticks(plot.clock):
        x = plot.x(t)
        yield f'<path d="M{x} 0V{bottom}" stroke="{COLOURS["ink"]}" stroke-opacity="0.12"/>'
        yield _text(x, bottom + 14, f"{t:g}", 'font-size="11" text-anchor="middle"')
    yield _text(plot.width / 2, bottom + 29, "seconds after the first accept", 'font-size="11" text-anchor="middle"')


def _text(x: float, y: float, words: str, style: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" {style}>{escape(printable(words))}</text>'
