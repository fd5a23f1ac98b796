"""The first page: the two commands, where to find what, a film and the matrix of the newest run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from harness.compare.provenance import git
from harness.report.drawn import rows, scenarios, sections
from harness.report.matrix import headline
from harness.report.recorded import RecordedRun
from harness.site import rooms, runs
from harness.site.documents import HOME
from harness.site.film import film, of_each_character
from harness.site.pages import link, rendered

PAIR = "python-twisted-inlinecallbacks", "erlang-processes"


def home(recorded: Sequence[RecordedRun]) -> str:
    """The page; `recorded` are the runs of the site, the newest first."""
    newest = recorded[0]
    cells = sections(newest)
    shown = list(rows(newest, cells))
    groups = list(scenarios(newest, cells))
    address = link(runs.place(newest), HOME)
    drawn = next((group for group in groups if group["pictures"] and not group["plot"].crowd), None)
    return rendered(
        "home.md.j2",
        film=_film(drawn, shown, address) if drawn else "",
        headline=headline([cell.record for cell in newest.cells]),
        run=newest.run["id"],
        rows=shown,
        groups=groups,
        address=address,
        pair=_pair(recorded),
        code=rooms.CLIENT.replace(".md", ".html"),
        repository=public(git("remote", "get-url", "origin")),
    )


def public(origin: str | None) -> str:
    """The address from which a checkout comes, if anybody may clone from it; else ''."""
    return origin if origin and re.fullmatch(r"https://[^@\s]+", origin) else ""


def _film(group: dict[str, Any], rows: Sequence[dict[str, Any]], address: str) -> str:
    caption = "The same poems from the same servers, in real time; scenario"
    return film(of_each_character(group, rows, PAIR), group, caption, f"{address}#scenario/{group['record']['name']}")


def _pair(recorded: Sequence[RecordedRun]) -> str:
    """The address of the view in which Twisted's and Erlang's client lie over one another; '' if no run has both."""
    for run in recorded:
        both: dict[str, set[str]] = {}
        for cell in run.cells:
            if cell.client in PAIR and cell.evidence and not run.several_servers:
                both.setdefault(cell.scenario, set()).add(cell.client)
        for scenario, clients in both.items():
            if len(clients) == len(PAIR):
                return link(f"{runs.place(run)}#pair/{scenario}/{'/'.join(PAIR)}", HOME)
    return ""
