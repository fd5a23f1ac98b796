"""What is drawn of a run, on its page and elsewhere: a section for each cell, the rows of the matrix, the pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from harness.judge.stability import unstable
from harness.printable import printable_lines
from harness.report.lanes import Plot, paths
from harness.report.marks import marks
from harness.report.matrix import MEANINGS, badges
from harness.report.recorded import RecordedRun, by_cell
from harness.report.section import Section

HERE = Path(__file__).resolve().parent
ROOM = 600  # pixels for all clients of a scenario on one screen
LANE, BAND = (10, 22), (24, 110)  # pixels: the least and greatest height of a task's lane, and of a crowd's bands
THUMBNAIL = {"width": 150, "lane": 11, "out": 8, "digits": 0, "column": 1}


def template(name: str, *folders: Path) -> jinja2.Template:
    """A template of this folder, or of one of those; whatever it shows is escaped."""
    return _environment(folders).get_template(name)


@cache
def _environment(folders: tuple[Path, ...]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, HERE]),
        autoescape=True,
        finalize=_inert,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["meanings"] = MEANINGS
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "ensure_ascii": False}
    return environment


def _inert(value: Any) -> Any:
    """A string without control characters and changes of text direction, which Jinja's escaping does not cover."""
    return printable_lines(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def sections(recorded: RecordedRun) -> list[Section]:
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


def rows(recorded: RecordedRun, sections: Sequence[Section]) -> Iterator[dict[str, Any]]:
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


def scenarios(recorded: RecordedRun, cells: Sequence[Section]) -> Iterator[dict[str, Any]]:
    """For each scenario: its record, its sections, and by their anchors the pictures of those that can be drawn.

    `plot` and `small` are the geometry of these pictures; both are None if there are none.
    """
    for record in recorded.run["scenarios"]:
        own = [section for section in cells if section.record["scenario"] == record["name"]]
        drawn = {section.anchor: section.marks for section in own if section.marks}
        scenario = recorded.scenarios.get(record["name"])
        group: dict[str, Any] = {"record": record, "sections": own, "pictures": {}, "plot": None, "small": None}
        if drawn and scenario is not None:
            spans = [found.span for found in drawn.values()]
            clock = (min(start for start, _ in spans), max(end for _, end in spans) * 1.01)
            plot = group["plot"] = _plot(len(scenario.tasks), len(drawn), clock)
            small = group["small"] = Plot(len(scenario.tasks), clock, **THUMBNAIL)
            group["pictures"] = {
                anchor: {"paths": paths(found, plot), "small": paths(found, small), "words": found.words[:200]}
                for anchor, found in drawn.items()
            }
        yield group


def _plot(tasks: int, clients: int, clock: tuple[float, float]) -> Plot:
    """The geometry with which all clients fit on one screen, unless there are too many."""
    room = ROOM / clients - 8
    least, most = BAND if Plot(tasks, clock).crowd else LANE
    lane = room / 3.2 if Plot(tasks, clock).crowd else (room - Plot.out) / tasks
    return Plot(tasks, clock, lane=round(max(least, min(most, lane))))
