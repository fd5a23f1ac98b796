"""A run as Markdown, for the page of a CI job."""

from __future__ import annotations

import re

from harness.judge.exit_status import incomplete
from harness.judge.stability import unstable
from harness.printable import counted, printable
from harness.report.hardware import hardware
from harness.report.recorded import RecordedRun, by_cell, without_paths
from harness.report.remarks import remarks

SYMBOLS = {"pass": "✅", "unsupported": "➖", "skipped": "⚪", "lab-error": "⚠️"}
_MARKUP = re.compile(r"([\\`*_\[\]|<>~&])")

# Without the last three, Markdown would make a link of an address and a mention of a name.
_ENTITIES = {"\\<": "&lt;", "\\>": "&gt;", "\\&": "&amp;", "://": "&#58;//", "www.": "www&#46;", "@": "&#64;"}


def summary(recorded: RecordedRun) -> str:
    """One line of counts, the matrix, what could not be read, and what is worth noticing."""
    run = recorded.run
    unexpected = sum(not cell.record["expected"] for cell in recorded.cells)
    scenarios = [scenario["name"] for scenario in run["scenarios"]]
    rows: dict[str, dict[str, str]] = {}
    for cell, rounds in by_cell(recorded):
        record = cell.record
        share = f" {sum(c.record['verdict'] == record['verdict'] for c in rounds)}/{len(rounds)}" if rounds[1:] else ""
        mark = "" if record["expected"] else " **unexpected**"
        mark += " **unstable**" if unstable(run, record) else ""
        shown = f"{SYMBOLS.get(record['verdict'], '❌')} {record['verdict']}{share}{mark}"
        rows.setdefault(recorded.label(cell), {})[cell.scenario] = shown
    found = f"{unexpected} not as expected" if unexpected else "not complete" if incomplete(run) else "all as expected"
    lines = [
        f"### Slow Poetry Lab: {found}",
        "",
        f"Run {text(run['id'])}: {counted(len(recorded.cells), 'cell')}, {len(recorded.cells) - unexpected} as "
        f"expected, {unexpected} not; {run['provenance']['backend']}, {hardware(run['provenance'])}.",
        "",
        _row(["client", *scenarios]),
        _row(["---"] * (len(scenarios) + 1)),
        *(_row([text(label), *(row.get(name, "") for name in scenarios)]) for label, row in rows.items()),
    ]
    notes = [f"{recorded.label(cell)} in {cell.scenario}: {note}" for cell in recorded.cells for note in cell.notes]
    said = [text(without_paths(line)) for line in (*recorded.notes, *notes, *(one.sentence for one in remarks(run)))]
    if said:
        lines += ["", *(f"- {line}" for line in said)]
    return "\n".join(lines) + "\n"


def _row(columns: list[str]) -> str:
    return f"| {' | '.join(columns)} |"


def text(words: str) -> str:
    """The words on one line, with every character escaped that Markdown would treat as markup."""
    escaped = _MARKUP.sub(r"\\\1", printable(words))
    for markup, entity in _ENTITIES.items():
        escaped = escaped.replace(markup, entity)
    return escaped
