"""The first picture of the site: a few clients in one scenario, on one clock, as the poems came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.report.lanes import Plot, paths
from harness.report.section import Section
from harness.site.pages import rendered

MOST = 5  # clients
SIZE = {"width": 1000, "lane": 16, "out": 12, "digits": 1}
REST = 0.2  # the share of the film in which it stands still, complete


def film(group: dict[str, Any], rows: Sequence[dict[str, Any]], address: str) -> str:
    """One client of each character in a scenario whose pictures are drawn; `address` is that of the run's page.

    It plays in real time by CSS alone; a reader who wants no motion sees it complete.
    """
    sections = _of_each_character(group, rows)
    clock = group["plot"].clock
    tasks = group["plot"].tasks
    plot = Plot(tasks, clock, **SIZE)
    reels = [{"label": one.label, "paths": paths(one.marks, plot)} for one in sections if one.marks]
    seconds = clock[1] - clock[0]
    return rendered(
        "film.html.j2",
        name=group["record"]["name"],
        reels=reels,
        plot=plot,
        seconds=seconds,
        lasts=round(seconds / (1 - REST), 2),
        address=f"{address}#scenario/{group['record']['name']}",
    )


def _of_each_character(group: dict[str, Any], rows: Sequence[dict[str, Any]]) -> list[Section]:
    """The first client of each combination of traits that can be drawn."""
    name = group["record"]["name"]
    found: dict[tuple[str, ...], Section] = {}
    for row in rows:
        section = row["cells"].get(name)
        if section and section.marks:
            found.setdefault(tuple(badge.word for badge in row["badges"]), section)
    return list(found.values())[:MOST]
