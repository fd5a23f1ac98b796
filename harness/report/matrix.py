"""The first screen of the page: the verdict of the run, and the traits of each client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from harness.judge.axes import AXES
from harness.printable import counted

NAMED = 4  # unexpected cells that the sentence names
WORDS = {
    "in-turn": "in turn",
    "at-end": "at end",
    "arguments": "as listed",
    "completion": "as completed",
    "reverse-completion": "last first",
    "other": "own order",
}  # the other values are words already
MEANINGS = {
    "cell": "one client in one scenario",
    "floor": "the least time that a scenario can take: its longest schedule",
    "likeness": "how far two clients saw the chunks in the same order: 1.00 is the same order, 0.50 is chance",
}
SHOWN = ("connects", "grain", "delivery", "order")
FAILING = ("cut_poem", "giving_up", "stopping")

Cell = dict[str, Any]


class Badge(NamedTuple):
    """A trait of a client: its word, what it means, and whether it differs from the client above."""

    word: str
    meaning: str
    differs: bool


def headline(cells: Sequence[Cell]) -> str:
    """The verdict of the run in one sentence."""
    if not cells:
        return "No cell was run."
    clients, scenarios = ({cell[kind] for cell in cells} for kind in ("client", "scenario"))
    where = f"{counted(len(clients), 'client')} in {counted(len(scenarios), 'scenario')}"
    unexpected = [cell for cell in cells if not cell["expected"]]
    if unexpected:
        named = [
            f"{cell['client']} in {cell['scenario']} ({cell['verdict']}: {cell['reason']['code']})"
            for cell in unexpected[:NAMED]
        ]
        more = f" and {len(unexpected) - NAMED} more" if len(unexpected) > NAMED else ""
        verb = "is" if len(unexpected) == 1 else "are"
        return f"{len(unexpected)} of {counted(len(cells), 'cell')} {verb} not as declared: {', '.join(named)}{more}."
    verdicts = Counter(cell["verdict"] for cell in cells)
    other = [f"{count} {verdict}" for verdict, count in verdicts.most_common() if verdict != "pass"]
    every = "The only cell is" if len(cells) == 1 else f"All {len(cells)} cells are"
    return f"{every} as declared{' (' + ', '.join(other) + ')' if other else ''}: {where}."


def badges(client: Cell, cells: Sequence[Cell], above: Sequence[Badge]) -> list[Badge]:
    """The traits of a client as its cells showed them, most often; a trait that none showed is the declared one."""
    found = []
    for i, name in enumerate(SHOWN):
        seen = Counter(
            values[0] for cell in cells if cell["verdict"] == "pass" and len(values := cell["axes"].get(name, ())) == 1
        )
        value = str(seen.most_common(1)[0][0] if seen else client["traits"].get(name, ""))
        word = WORDS.get(value, value)
        meaning = AXES[name].sayings.get(value, value)
        found.append(Badge(word, meaning, bool(above) and above[i].word != word))
    return found


def in_words(cell: Cell) -> str:
    """What the client did, for a cell without a picture: values of the axes of failing, and the exit status."""
    values = (cell["axes"].get(name, ()) for name in FAILING)
    said = [value[0] for value in values if len(value) == 1]
    status, signal = cell["exit_status"], cell.get("signal")
    if status is not None or signal is not None:
        said.append(f"exit {status}" if status is not None else f"signal {signal}")
    return ", ".join(said)
