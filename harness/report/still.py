"""The timelines of one scenario as a picture for slides: all clients on one time axis, one below the other."""

from __future__ import annotations

import vl_convert

from harness.errors import UsageError
from harness.report import figures
from harness.report.marks import marks
from harness.report.recorded import RecordedRun, by_cell
from harness.report.timeline import stacked

INK = "#1c2024"
LEGEND = "❙ sent by a server   ▲ reported by the client   ■ on its standard output"


def svg(recorded: RecordedRun) -> str:
    """The picture of the first scenario, as SVG; UsageError if there is nothing to draw."""
    return str(vl_convert.vegalite_to_svg(_spec(recorded), vl_version=figures.VERSION))


def png(recorded: RecordedRun) -> bytes:
    """The same picture as PNG, at twice the size, so that it is sharp on slides."""
    return bytes(vl_convert.vegalite_to_png(_spec(recorded), vl_version=figures.VERSION, scale=2))


def _spec(recorded: RecordedRun) -> figures.Spec:
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
    body = stacked([(label, found.tables()) for label, found in drawn], tasks, clock)
    title = {"text": f"{name}: {recorded.run['scenarios'][0]['summary']}", "subtitle": LEGEND}
    whole = figures.spec({**body, "title": title})
    whole["params"][0]["value"] = INK  # a picture has no page whose text colour it could use
    return {**whole, "background": "white"}
