"""Whether a client comes out the same in every round: a pure function of a run's cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from harness.spec.client import ANY

Cell = dict[str, Any]
Outcome = tuple[str, str]  # verdict and reason code
Traits = dict[str, str]  # as declared


def stability(run: dict[str, Any]) -> list[dict[str, Any]]:
    """For each client in each scenario on each server that was judged twice or more: how its rounds agree.

    `otherwise` counts the rounds that came out otherwise than the best of them: than the most frequent outcome that
    is as declared, or of all if none is.  An outcome is verdict, reason code and declared traits; a trait that a round
    leaves open agrees with any value.  `rate` is the share of these rounds, 0 of a stable client; `sentence` names
    what differs, None where nothing does.  Cells in which the lab was at fault say nothing of a client.
    """
    traits = {client["name"]: client["traits"] for client in run["clients"]}
    groups: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in run["cells"]:
        if cell["verdict"] != "lab-error":
            groups.setdefault((cell["server"], cell["scenario"], cell["client"]), []).append(cell)
    return [
        {"server": server, "scenario": scenario, "client": name, **_agreement(rounds, traits[name])}
        for (server, scenario, name), rounds in groups.items()
        if len(rounds) > 1
    ]


def unstable(run: dict[str, Any], cell: Cell) -> dict[str, Any] | None:
    """What `stability` found of a cell's client in its scenario, where its rounds do not agree."""
    place = ("server", "scenario", "client")
    for found in run.get("stability", ()):
        if found["sentence"] and all(found[key] == cell[key] for key in place):
            return dict(found)
    return None


def _agreement(rounds: Sequence[Cell], declared: Traits) -> dict[str, Any]:
    outcomes = [(cell["verdict"], cell["reason"]["code"]) for cell in rounds]
    as_declared = [outcome for outcome, cell in zip(outcomes, rounds, strict=True) if cell["expected"]]
    best = Counter(as_declared or outcomes).most_common(1)[0][0]
    usual = _usual_traits(rounds, declared)
    unlike = [
        [trait for trait, value in usual.items() if _rules_out(cell, trait, value)] if outcome == best else []
        for outcome, cell in zip(outcomes, rounds, strict=True)
    ]
    others = Counter(outcome for outcome in outcomes if outcome != best)
    traits = Counter(trait for found in unlike for trait in found)
    otherwise = others.total() + sum(map(bool, unlike))
    parts = [
        f"{_named(best)} in {len(rounds) - others.total()} of {len(rounds)} rounds",
        *(f"{_named(outcome)} in {count}" for outcome, count in others.items()),
        *(f"{trait} other than {usual[trait]!r} in {count}" for trait, count in traits.items()),
    ]
    return {
        "rounds": len(rounds),
        "otherwise": otherwise,
        "rate": round(otherwise / len(rounds), 4),
        "sentence": ", ".join(parts) if otherwise else None,
    }


def _usual_traits(rounds: Sequence[Cell], traits: Traits) -> dict[str, str]:
    """Of each trait that the manifest declares, the value that most rounds allow."""
    usual = {}
    for trait, declared in traits.items():
        seen = Counter(value for cell in rounds for value in cell["axes"].get(trait, ()))
        if declared != ANY and seen:
            # Of values that are allowed as often, the declared one.
            usual[trait] = max(seen, key=lambda value: (seen[value], value == declared))
    return usual


def _rules_out(cell: Cell, trait: str, value: str) -> bool:
    allowed = cell["axes"].get(trait)
    return bool(allowed) and value not in allowed


def _named(outcome: Outcome) -> str:
    verdict, code = outcome
    return verdict if code == "as-declared" else f"{verdict} ({code})"
