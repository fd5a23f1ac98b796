"""Clients that do not end, not even where nothing goes wrong: they are not run in everything else, too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.backend import Unready
from harness.check.text import LEFT_OUT
from harness.compare.policy import Policy
from harness.spec.scenario import Scenario

ENOUGH = 2  # scenarios without a fault that a client must end in, unless it passed another one


class Endless(Policy):
    """Tells which clients do not end from the cells of one client that are done."""

    def __init__(self, scenarios: Iterable[Scenario]) -> None:
        self._plain = [one.name for one in scenarios if not one.has_fault]

    def hold(self, cells: Sequence[dict[str, Any]]) -> bool:
        """Whether a client was stopped where nothing goes wrong, and one more scenario will show what kind it is."""
        plain = [cell for cell in cells if cell["scenario"] in self._plain]
        return any(cell.get("stopped") for cell in plain) and len(plain) < ENOUGH

    def postpone(self, cells: Sequence[dict[str, Any]]) -> bool:
        """Whether a client may be one that never ends: it passed nothing, and was stopped in scenarios without a fault.

        It may also have been held up by its neighbours, and so it is first tried again without any.
        """
        stopped = sum(cell["scenario"] in self._plain and bool(cell.get("stopped")) for cell in cells)
        return stopped >= ENOUGH and not any(cell["verdict"] == "pass" for cell in cells)

    def hopeless(self, cells: Sequence[dict[str, Any]]) -> Unready | None:
        """Why a client is not run any more: it is such a client, and nobody else is the reason."""
        stopped = [cell["scenario"] for cell in cells if cell["scenario"] in self._plain and own_doing(cell)]
        if len(stopped) < ENOUGH or not self.postpone(cells):
            return None
        named = " and in ".join(stopped[:ENOUGH])
        return Unready("skipped", LEFT_OUT, f"it had to be stopped in {named}, where nothing goes wrong")


def own_doing(cell: Mapping[str, Any]) -> bool:
    """Whether the client itself is why it had to be stopped; if the lab was late, too, it must have run alone."""
    return bool(cell.get("stopped")) and (cell["verdict"] != "lab-error" or cell["attempt"] > 1)
