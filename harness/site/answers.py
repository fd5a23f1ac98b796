"""The answers of a run of `./lab claims`: a page with each claim, and a page for each file of its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.claims import HOLDS, LIMITED, gather
from harness.errors import UsageError
from harness.record.run_folder import RunFolder
from harness.report.recorded import RecordedRun, without_paths
from harness.site import runs, source
from harness.site.pages import Files, link, page, rendered

TITLE = "Claims of one run"
LONGEST = 100_000  # characters of a file that are shown


def answers(recorded: Sequence[RecordedRun]) -> Files:
    """The pages of all runs of `./lab claims`, each answered again from its records."""
    files: Files = {}
    for run in recorded:
        if of := runs.answers_place(run):
            files[of] = _answers(run, of, files)
    return files


def _answers(recorded: RecordedRun, of: str, files: Files) -> str:
    """The page of one run; the pages of its evidence are added to the files."""
    assert recorded.folder is not None
    try:
        answered = gather.answers(RunFolder(recorded.folder, recorded.run), list(gather.ALL))
    except (OSError, UsageError) as error:
        problem = without_paths(f"The claims cannot be answered again: {error}")
        return page(TITLE, rendered("answers.html.j2", rows=[], problem=problem), wide=True)
    rows = []
    for answer in answered:
        evidence = []
        for name in answer["evidence"]:
            address = _address(recorded, name, files)
            evidence.append((name, link(address, of) if address else ""))
        rows.append({**answer, "figures": without_paths(answer["figures"]), "evidence": evidence})
    good = sum(answer["answer"] in (HOLDS, LIMITED) for answer in answered)
    said = f"{good} of {len(answered)} claims hold in the run {recorded.run['id']}."
    return page(TITLE, said, rendered("answers.html.j2", rows=rows, problem=""), wide=True)


def _address(recorded: RecordedRun, name: str, files: Files) -> str:
    """Where a piece of evidence can be seen, or ''; the page that shows a file is added to the files."""
    kind, *rest = Path(name).parts
    if kind == "cells":
        _, scenario, client, *_ = [*rest, "", "", ""]
        known = any((cell.client, cell.scenario) == (client, scenario) for cell in recorded.cells)
        server = f"/{rest[0]}" if recorded.several_servers else ""
        return f"{runs.place(recorded)}#{client}/{scenario}{server}" if known else ""
    assert recorded.folder is not None
    path = recorded.folder / name
    if kind not in ("lessons", "services") or ".." in rest or not path.is_file():
        return ""
    at = f"runs/{recorded.run['id']}/{name}.html"
    with path.open(encoding="utf-8", errors="backslashreplace") as file:
        files[at] = source.shown(at, name, source.coloured(file.read(LONGEST), path.name))
    return at
