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

import jinja2
import vl_convert
from markupsafe import Markup

from harness.judge.stability import unstable
from harness.printable import counted, printable_lines
from harness.report import comparison, figures
from harness.report.differs import differs
from harness.report.hardware import hardware
from harness.report.lanes import Plot, paths, ticks
from harness.report.marks import marks
from harness.report.matrix import badges, headline
from harness.report.page_data import cell_data
from harness.report.recorded import RecordedCell, RecordedRun, by_cell
from harness.report.section import Section

HERE = Path(__file__).resolve().parent
SCRIPTS = ("marks.js", "views.js", "pair.js", "timelines.js", "player.js", "page.js")
ROOM = 600  # pixels for all clients of a scenario on one screen
LANE, BAND = (10, 22), (24, 110)  # pixels: the least and greatest height of a task's lane, and of a crowd's bands
THUMBNAIL = {"width": 150, "lane": 11, "out": 8, "digits": 0, "column": 1}


def page(recorded: RecordedRun) -> str:
    """The whole page."""
    sections = _sections(recorded)
    groups = [_group(recorded, record, sections) for record in recorded.run["scenarios"]]
    few, more = differs(recorded.run)
    script = "\n".join((HERE / name).read_text("utf-8") for name in SCRIPTS)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        finalize=_inert,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "ensure_ascii": False}
    return environment.get_template("page.html.j2").render(
        run=recorded.run,
        headline=headline([cell.record for cell in recorded.cells]),
        notes=[*recorded.notes, *_notes(sections)],
        few=few,
        more=more,
        groups=groups,
        rows=list(_rows(recorded, sections)),
        counted=counted,
        hardware=hardware,
        style=Markup((HERE / "page.css").read_text("utf-8")),
        script=Markup(f"\n{script}"),
        script_hash=base64.b64encode(hashlib.sha256(f"\n{script}".encode()).digest()).decode(),
    )


def _inert(value: Any) -> Any:
    """A string without control characters and changes of text direction, which Jinja's escaping does not cover."""
    return printable_lines(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _sections(recorded: RecordedRun) -> list[Section]:
    sections = []
    for cell, rounds in by_cell(recorded):
        server = f"/{cell.server}" if recorded.several_servers else ""
        sections.append(
            Section(
                anchor=f"{cell.client}/{cell.scenario}{server}",
                label=recorded.label(cell),
                cell=cell,
                rounds=rounds,
                marks=marks(cell.evidence) if cell.evidence else None,
                unstable=unstable(recorded.run, cell.record),
            )
        )
    return sections


def _notes(sections: Sequence[Section]) -> Iterator[str]:
    """What is missing or was judged otherwise, each note once with the cells that it is about."""
    about: dict[str, list[str]] = {}
    for section in sections:
        for note in section.cell.notes:
            about.setdefault(note, []).append(section.anchor.replace("/", " in ", 1))
    for note, cells in about.items():
        named = ", ".join(cells) if len(cells) < 4 else f"{len(cells)} of {counted(len(sections), 'cell')}"
        yield f"{named}: {note}"


def _rows(recorded: RecordedRun, sections: Sequence[Section]) -> Iterator[dict[str, Any]]:
    """The rows of the matrix: the client's label, what it is, its badges, and its cell in each scenario."""
    clients = {client["name"]: client for client in recorded.run["clients"]}
    of_label: dict[str, list[Section]] = {}
    for section in sections:
        of_label.setdefault(section.label, []).append(section)
    above: Sequence[Any] = ()
    for label, own in of_label.items():
        client = clients[own[0].cell.client]
        above = badges(client, [section.record for section in own], above)
        cells = {section.record["scenario"]: section for section in own}
        yield {"label": label, "client": client, "badges": above, "cells": cells}


def _group(recorded: RecordedRun, record: dict[str, Any], sections: Sequence[Section]) -> dict[str, Any]:
    """All that the page shows of one scenario."""
    own = [section for section in sections if section.record["scenario"] == record["name"]]
    drawn = {section.anchor: section.marks for section in own if section.marks}
    scenario = recorded.scenarios.get(record["name"])
    group: dict[str, Any] = {
        "record": record,
        "sections": own,
        "columns": list(dict.fromkeys(name for section in own for name in section.figures)),
        "comparisons": _comparisons(recorded, record["name"]),
        "shares": scenario is not None and scenario.shares_servers,
        "data": None,
        "pictures": {},
    }
    if not drawn or scenario is None:
        return group
    spans = [found.span for found in drawn.values()]
    clock = (min(start for start, _ in spans), max(end for _, end in spans) * 1.01)
    plot = _plot(len(scenario.tasks), len(drawn), clock)
    small = Plot(len(scenario.tasks), clock, **THUMBNAIL)
    group["pictures"] = {
        anchor: {"paths": paths(found, plot), "small": paths(found, small), "words": found.words[:200]}
        for anchor, found in drawn.items()
    }
    cells = {section.anchor: section.cell for section in own if section.marks}
    data = cell_data(scenario, plot, {anchor: (cells[anchor], found) for anchor, found in drawn.items()})
    return {**group, "plot": plot, "small": small, "ticks": ticks(clock), "data": data}


def _plot(tasks: int, clients: int, clock: tuple[float, float]) -> Plot:
    """The geometry with which all clients fit on one screen, unless there are too many."""
    room = ROOM / clients - 8
    least, most = BAND if Plot(tasks, clock).crowd else LANE
    lane = room / 3.2 if Plot(tasks, clock).crowd else (room - Plot.out) / tasks
    return Plot(tasks, clock, lane=round(max(least, min(most, lane))))


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
