"""One sentence for each thing in a run that is worth noticing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from harness.judge.exit_status import missing_shards
from harness.printable import counted
from harness.report import across
from harness.report.remark import Remark, place
from harness.spec.server_program import REFERENCE

Cell = dict[str, Any]

NOT_POSSIBLE = "not-possible-here"


def remarks(run: dict[str, Any]) -> list[Remark]:
    """The sentences: first what differs from the declarations, then how the clients differ from one another."""
    cells = run["cells"]
    return [
        *_unexpected(cells),
        *_unstable(run),
        *_known(cells),
        *_not_possible(cells),
        *_parts(run),
        *_lab(cells),
        *_left(cells),
        *across.servers(run),
        *across.cut_short(run),
        *across.patience(run),
        *across.hang_ups(run),
        *across.gains(run),
        *across.characters(run),
    ]


def _unexpected(cells: Sequence[Cell]) -> Iterator[Remark]:
    for cell in cells:
        if not cell["expected"]:
            reason = cell["reason"]
            sentence = f"UNEXPECTED {_name(cell)}: {cell['verdict']}, {reason['code']}: {reason['sentence']}."
            yield Remark(sentence, "unexpected", *place(cell))


def _unstable(run: dict[str, Any]) -> Iterator[Remark]:
    for found in run.get("stability", ()):
        if found["sentence"]:
            sentence = f"UNSTABLE {_name(found)}: {found['sentence']}; flake rate {found['rate']:.0%}."
            yield Remark(sentence, "unstable", *place(found))


def _known(cells: Sequence[Cell]) -> Iterator[Remark]:
    seen = set()
    for cell in cells:
        key = (cell["scenario"], cell["client"], cell["reason"]["sentence"])
        declared = cell["expected"] and cell["verdict"] != "pass" and cell["reason"]["code"] != NOT_POSSIBLE
        if declared and key not in seen:
            seen.add(key)
            sentence = f"{_name(cell)}: {cell['verdict']}, as declared: {cell['reason']['sentence']}."
            yield Remark(sentence, "known", *place(cell))


def _not_possible(cells: Sequence[Cell]) -> Iterator[Remark]:
    not_run = [cell for cell in cells if cell["reason"]["code"] == NOT_POSSIBLE]
    for scenario, sentence in dict.fromkeys((cell["scenario"], cell["reason"]["sentence"]) for cell in not_run):
        yield Remark(f"{scenario} was not run: {sentence}.", "lab", scenario)


def _parts(run: dict[str, Any]) -> Iterator[Remark]:
    parts = run.get("parts", ())
    if parts:
        shards = [part["shard"] for part in parts if "shard" in part]
        of = f", shards {', '.join(shards)}" if shards else ""
        missing = missing_shards(run)
        lack = f"; missing: {', '.join(missing)}" if missing else ""
        yield Remark(f"The run is merged from {counted(len(parts), 'run')}{of}{lack}.", "lab")


def _lab(cells: Sequence[Cell]) -> Iterator[Remark]:
    for cell in cells:
        if cell["attempt"] > 1:
            times = "again" if cell["attempt"] == 2 else "twice more"
            sentence = f"{_name(cell)} was run {times}, alone, because the lab or other programs had disturbed it."
            yield Remark(sentence, "lab", *place(cell))


def _left(cells: Sequence[Cell]) -> Iterator[Remark]:
    for cell in cells:
        if cell.get("left_behind"):
            left = cell["left_behind"]
            sentence = (
                f"{_name(cell)} left {counted(left, 'process', 'processes')} running; the lab ended what was left."
            )
            yield Remark(sentence, "left", *place(cell))
        if cell["verdict"] == "pass" and cell.get("weak_evidence"):
            sentence = f"{_name(cell)} printed its progress on standard output, so its evidence is weaker."
            yield Remark(sentence, "weak", *place(cell))


def _name(cell: Cell) -> str:
    by = "" if cell["server"] == REFERENCE else f" · {cell['server']} servers"
    return f"{cell['scenario']}{by} · {cell['client']}"
