"""A sentence about a run, and where the run shows it."""

from __future__ import annotations

from typing import Any, NamedTuple


class Remark(NamedTuple):
    """A sentence, its kind, and the cell that shows it, as far as there is one.

    `other` is a second client, if the sentence is about two; `weight` orders sentences of one kind.
    """

    sentence: str
    kind: str
    scenario: str = ""
    client: str = ""
    server: str = ""
    other: str = ""
    weight: float = 0.0


def place(cell: dict[str, Any]) -> tuple[str, str, str]:
    """Scenario, client and server of a cell, in the order of a remark's fields."""
    return cell["scenario"], cell["client"], cell["server"]
