"""A run as one HTML page that needs no network, no server and no other file, and can be read without JavaScript.

Jinja escapes everything that a client printed.  A content security policy prevents the page from fetching anything and
from running any script but its own, which it names by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import vl_convert
from markupsafe import Markup

from harness.printable import counted
from harness.report import comparison, figures
from harness.report.differs import differs
from harness.report.drawn import rows, scenarios, sections, template
from harness.report.hardware import hardware
from harness.report.lanes import ticks
from harness.report.matrix import headline
from harness.report.page_data import cell_data
from harness.report.recorded import RecordedCell, RecordedRun
from harness.report.section import Section

HERE = Path(__file__).resolve().parent
SCRIPTS = ("marks.js", "views.js", "pair.js", "timelines.js", "player.js", "page.js")
STYLES = ("matrix.css", "page.css")


def page(recorded: RecordedRun, home: str = "") -> str:
    """The whole page; `home` is the address of a site that it is part of."""
    cells = sections(recorded)
    groups = [_group(recorded, drawn) for drawn in scenarios(recorded, cells)]
    few, more = differs(recorded.run)
    script = "\n".join((HERE / name).read_text("utf-8") for name in SCRIPTS)
    return template("page.html.j2").render(
        run=recorded.run,
        home=home,
        headline=headline([cell.record for cell in recorded.cells]),
        notes=[*recorded.notes, *_notes(cells)],
        few=few,
        more=more,
        groups=groups,
        rows=list(rows(recorded, cells)),
        counted=counted,
        hardware=hardware,
        style=Markup("\n".join((HERE / name).read_text("utf-8") for name in STYLES)),
        script=Markup(f"\n{script}"),
        script_hash=base64.b64encode(hashlib.sha256(f"\n{script}".encode()).digest()).decode(),
    )


def _notes(sections: Sequence[Section]) -> Iterator[str]:
    """What is missing or was judged otherwise, each note once with the cells that it is about."""
    about: dict[str, list[str]] = {}
    for section in sections:
        for note in section.cell.notes:
            about.setdefault(note, []).append(section.anchor.replace("/", " in ", 1))
    for note, cells in about.items():
        named = ", ".join(cells) if len(cells) < 4 else f"{len(cells)} of {counted(len(sections), 'cell')}"
        yield f"{named}: {note}"


def _group(recorded: RecordedRun, drawn: dict[str, Any]) -> dict[str, Any]:
    """All that the page shows of one scenario: what is drawn, and its figures, charts and data."""
    record, own = drawn["record"], drawn["sections"]
    scenario = recorded.scenarios.get(record["name"])
    group = {
        **drawn,
        "columns": list(dict.fromkeys(name for section in own for name in section.figures)),
        "comparisons": _comparisons(recorded, record["name"]),
        "shares": scenario is not None and scenario.shares_servers,
        "data": None,
    }
    if scenario is not None and drawn["pictures"]:
        cells = {section.anchor: (section.cell, section.marks) for section in own if section.marks}
        group |= {"ticks": ticks(drawn["plot"].clock), "data": cell_data(scenario, drawn["plot"], cells)}
    return group


def _comparisons(recorded: RecordedRun, scenario: str) -> list[dict[str, Any]]:
    """The figures that compare clients: title, caption and picture of each."""
    cells = [cell for cell in recorded.cells if cell.scenario == scenario]
    return [
        {"title": f"{title} in {scenario}", "caption": caption, "svg": _svg(body)}
        for title, caption, body in _charts(recorded, scenario, cells)
    ]


def _charts(
    recorded: RecordedRun, scenario: str, cells: Sequence[RecordedCell]
) -> Iterator[tuple[str, str, figures.Spec]]:
    if lags := comparison.lag_rows(recorded, cells):
        caption = "line: minimum to p99; box: quartiles; stroke: median; over all rounds"
        yield "Lag", caption, figures.lags(lags, comparison.names(lags))
    if orders := comparison.order_rows(recorded, cells):
        caption = "how well the order of the reports agrees with the order of the sends; a mark for each round"
        yield "Order", caption, figures.orders(orders, comparison.names(orders))
    for server in comparison.names(recorded.run["servers"], "name"):
        times = comparison.round_rows(recorded.run.get("timings", []), scenario, server)
        if times:
            by = f", {server} servers" if recorded.several_servers else ""
            caption = (
                f"circle: the time of a round ÷ floor{by}; stroke: median; bar: its 95 % interval, from 6 rounds on"
            )
            yield "Rounds", caption, figures.rounds(times, comparison.names(times))
    for server in comparison.names(pairs := recorded.run["likeness"].get(scenario, []), "server"):
        alike = comparison.likeness_rows([pair for pair in pairs if pair["server"] == server])
        counts = sorted({row["n"] for row in alike})
        by = f", {server} servers" if recorded.several_servers else ""
        caption = (
            f"how alike the orders are in which two clients saw the chunks{by}; 1.00: the same order; "
            f"n = {' or '.join(map(str, counts))} (rounds)"
        )
        yield "Likeness of the interleavings", caption, figures.likeness(alike, comparison.names(alike, "a"))


def _svg(body: figures.Spec) -> Markup:
    """A figure as SVG, whose words have the colour of the page's text."""
    return Markup(vl_convert.vegalite_to_svg(figures.spec(body), vl_version=figures.VERSION))
