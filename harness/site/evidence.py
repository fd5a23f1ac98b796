"""The page of the claims with links from each piece of evidence to where a reader can see it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from harness.paths import ROOT
from harness.report.recorded import RecordedRun
from harness.site import lessons, runs, source
from harness.site.pages import link

PAGE = "docs/claims.md"
TRIALS = ROOT / "harness" / "claims" / "trials.py"
EVIDENCE = re.compile(r"`((?:cells|lessons|services)/[\w/.-]+)`(?=<br>| \|)")
NOTE = (
    "On this site the evidence is linked. A cell leads to the same cell of the newest run here that has it, a lesson "
    "to its code and its recorded output, a service to the code that starts it and records what it does."
)


def linked(text: str, recorded: Sequence[RecordedRun]) -> tuple[str, set[Path]]:
    """The page's text with its evidence linked, and the files that it links to; `recorded`: the newest run first."""
    cells: dict[tuple[str, str, str], str] = {}
    for run in reversed(recorded):
        for cell in run.cells:
            server = f"/{cell.server}" if run.several_servers else ""
            anchor = f"{cell.client}/{cell.scenario}{server}"
            cells[cell.server, cell.scenario, cell.client] = link(f"{runs.place(run)}#{anchor}", PAGE)

    def changed(found: re.Match[str]) -> str:
        kind, *rest = Path(found[1]).parts
        address: str | None = None
        if kind == "lessons":
            address = f"../{lessons.place(Path(found[1]).stem)}"
        elif kind == "services":
            address = f"../{source.place(TRIALS)}"
        elif len(rest) == 4:
            address = cells.get((rest[0], rest[1], rest[2]))
        return f"[{found[0]}]({address})" if address else found[0]

    before, bar, table = EVIDENCE.sub(changed, text).partition("\n| part |")
    own = next((place for run in recorded if (place := runs.answers_place(run))), "")
    more = f" [The answers of the newest run of the claims here](../{own})" if own else ""
    return f"{before}\n{NOTE}{more}\n{bar}{table}", {TRIALS}
