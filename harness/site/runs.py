"""The runs over time: a line for each run, with what changed since the run before it, and the page of each run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.backend import Say
from harness.claims.gather import RECORD
from harness.errors import UsageError
from harness.printable import counted
from harness.report.diff import diff
from harness.report.hardware import hardware
from harness.report.page import page as run_page
from harness.report.recorded import RecordedRun, read_recorded, without_paths
from harness.site.documents import HOME
from harness.site.pages import Files, link, page, rendered

INDEX = "runs/index.md"
SHOWN = 40  # lines of what changed; the rest is counted
ONLY = ": only in the "  # a cell that the other run does not have


def place(recorded: RecordedRun) -> str:
    """The page of a run."""
    return f"runs/{recorded.run['id']}.html"


def answers_place(recorded: RecordedRun) -> str:
    """The page of what the run answers to the claims; '' if it is none of `./lab claims`."""
    there = recorded.folder is not None and (recorded.folder / RECORD).is_file()
    return f"runs/{recorded.run['id']}-claims.md" if there else ""


def read(paths: Sequence[Path], say: Say) -> list[RecordedRun]:
    """The runs in these folders and archives, the newest first, each once; UsageError names one that cannot be read."""
    found: dict[str, RecordedRun] = {}
    for path in paths:
        recorded = read_recorded(path)
        if recorded.run["id"] in found:
            say(f"{path}: the run {recorded.run['id']} is already there; it is shown once")
        found.setdefault(recorded.run["id"], recorded)
    if not found:
        raise UsageError("there is no run to show; name a run's folder or a ZIP archive of one")
    return [found[name] for name in sorted(found, reverse=True)]


def runs(recorded: Sequence[RecordedRun], say: Say) -> Files:
    """The index and the page of each run; `recorded` has the newest first."""
    files: Files = {INDEX: index(recorded)}
    for one in recorded:
        say(f"the page of run {one.run['id']}")
        files[place(one)] = run_page(one, home=link(HOME, place(one)))
    return files


def index(recorded: Sequence[RecordedRun]) -> str:
    """The page with a line for each run."""
    before: list[RecordedRun | None] = [*recorded[1:], None]
    lines = [_line(run, earlier) for run, earlier in zip(recorded, before, strict=True)]
    said = (
        "Each line is one run of `./lab compare`, the newest first. *Time* is the whole run's, as a multiple of the "
        "sum of its floors; a floor is the least time that a cell can take."
    )
    return page("Runs", said, rendered("runs.html.j2", lines=lines), wide=True)


def _line(recorded: RecordedRun, before: RecordedRun | None) -> dict[str, Any]:
    run, cells = recorded.run, [cell.record for cell in recorded.cells]
    made, ratio = run["provenance"], run.get("time", {}).get("ratio")
    verdicts = Counter(cell["verdict"] for cell in cells)
    changed = _changed(recorded, before) if before else None
    return {
        "id": run["id"],
        "address": link(place(recorded), INDEX),
        "claims": link(answers, INDEX) if (answers := answers_place(recorded)) else "",
        "date": f"{datetime.strptime(run['id'][:16], '%Y%m%dT%H%M%SZ').replace(tzinfo=UTC):%Y-%m-%d %H:%M} UTC",
        "commit": (str(made.get("commit") or "unknown")[:10]) + (" with changes" if made.get("changed") else ""),
        "engine": f"{made['backend']} {made.get('engine', '')}".strip(),
        "hardware": hardware(made),
        "verdicts": ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common()) or "no cell",
        "unexpected": sum(not cell["expected"] for cell in cells),
        "ratio": "-" if ratio is None else f"{ratio:.2f}",
        "notes": len(recorded.notes),
        "changed": changed,
    }


def _changed(recorded: RecordedRun, before: RecordedRun) -> dict[str, Any]:
    """What differs from the run before: a summary, and lines to unfold."""
    lines = [without_paths(line) for line in diff(before, recorded)]
    alone = [line for line in lines if ONLY in line]
    changes = [line for line in lines if ONLY not in line]
    parts = [counted(len(changes), "change")] if changes else ["no verdict and no trait"]
    if alone:
        parts.append(f"{counted(len(alone), 'cell')} in only one of the two runs")
    more = [f"and {len(changes) - SHOWN} more"] if len(changes) > SHOWN else []
    return {"summary": "; ".join(parts), "lines": [*changes[:SHOWN], *more]}
