"""The few sentences of a run that are worth noticing first, each with the picture that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from harness.report.recorded import without_paths
from harness.report.remark import Remark
from harness.report.remarks import remarks

FEW = 8
FIRST = ("unexpected", "unstable", "character", "pair", "speed", "known")  # kinds, the most telling first
ALIKE = 0.9  # two clients at least so alike saw the same order, up to chance


class Finding(NamedTuple):
    """A sentence, the anchor of its picture ('' if there is none), and the two clients of a pair view."""

    sentence: str
    anchor: str = ""
    pair: tuple[str, str] | tuple[()] = ()


def differs(run: dict[str, Any]) -> tuple[list[Finding], list[Finding]]:
    """The sentences to show first, and the others.  Of several speed-ups only the greatest is among the first."""
    found = [*_unlike(run), *remarks(run)]
    speeds = sorted((one for one in found if one.kind == "speed"), key=lambda one: one.weight, reverse=True)
    first = [one for kind in FIRST for one in (speeds[:1] if kind == "speed" else _of(found, kind))][:FEW]
    several = len(run["servers"]) > 1
    return (
        [_finding(one, several) for one in first],
        [_finding(one, several) for one in found if one not in first],
    )


def _of(found: list[Remark], kind: str) -> list[Remark]:
    return [one for one in found if one.kind == kind]


def _finding(remark: Remark, several: bool) -> Finding:
    sentence = without_paths(remark.sentence)
    server = f"/{remark.server}" if several and remark.server else ""
    if remark.kind == "pair":
        by = f" · {remark.server}" if several else ""
        return Finding(sentence, f"scenario/{remark.scenario}", (remark.client + by, remark.other + by))
    if remark.client:
        return Finding(sentence, f"{remark.client}/{remark.scenario}{server}")
    return Finding(sentence, f"scenario/{remark.scenario}" if remark.scenario else "")


def _unlike(run: dict[str, Any]) -> Iterator[Remark]:
    """The two clients whose interleavings are least alike, of those whose reports cover as much."""
    grain = {client["name"]: client["traits"]["grain"] for client in run["clients"]}
    pairs = [
        (pair["likeness"], name, pair)
        for name, pairs in run["likeness"].items()
        for pair in pairs
        if grain[pair["a"]] == grain[pair["b"]]
    ]
    if not pairs:
        return
    likeness, name, pair = min(pairs, key=lambda one: one[0])
    if likeness < ALIKE:
        sentence = (
            f"{pair['a']} and {pair['b']} saw the poems in the most different order: in {name} their likeness is "
            f"{likeness:.2f} (1.00: the same order)."
        )
        yield Remark(sentence, "pair", name, pair["a"], pair["server"], pair["b"])
