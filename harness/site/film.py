"""A film: a few clients in one scenario, on one clock, as the poems came."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from harness.report.lanes import Plot, paths
from harness.report.section import Section
from harness.site.pages import rendered

MOST = 5  # clients
SIZE = {"width": 1000, "lane": 16, "out": 12, "digits": 1}
REST = 0.2  # the share of the film in which it stands still, complete


def film(
    sections: Sequence[Section], group: dict[str, Any], caption: str, address: str = "", slower: float = 1.0
) -> str:
    """These clients in a scenario whose pictures are drawn; `address` is that of its place in the run's page.

    It plays by CSS alone, in real time or so many times `slower`; a reader who wants no motion sees it complete.
    """
    clock = group["plot"].clock
    plot = Plot(group["plot"].tasks, clock, **SIZE)
    reels = [{"label": one.label, "paths": paths(one.marks, plot)} for one in sections if one.marks]
    seconds = clock[1] - clock[0]
    return rendered(
        "film.html.j2",
        name=group["record"]["name"],
        reels=reels,
        plot=plot,
        seconds=seconds,
        lasts=round(slower * seconds / (1 - REST), 2),
        caption=caption,
        address=address,
    )


def of_each_character(
    group: dict[str, Any], rows: Sequence[dict[str, Any]], preferred: Collection[str] = ()
) -> list[Section]:
    """A client of each combination of traits that can be drawn: the first one, or one of those preferred."""
    name = group["record"]["name"]
    found: dict[tuple[str, ...], Section] = {}
    for row in rows:
        section = row["cells"].get(name)
        if section and section.marks:
            traits = tuple(badge.word for badge in row["badges"])
            if traits not in found or section.cell.client in preferred:
                found[traits] = section
    return list(found.values())[:MOST]
