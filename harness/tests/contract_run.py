"""Whole compares of the checkout's clients, for the tests of the client contract."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab_process import lab

from harness.spec import scenario_file
from harness.spec.client import discover

SECONDS = 900  # generous: a run takes about one minute, and may have to build first
_known = discover()
CLIENTS = {default: [n for n, one in _known.items() if one.default == default] for default in (True, False)}
DEFAULT = list(scenario_file.paths("default"))


@dataclass(frozen=True)
class Run:
    """A finished `./lab compare --json`: its exit status, run.json, standard error, and folder."""

    status: int
    recorded: dict[str, Any]
    said: str
    folder: Path

    @property
    def blamed(self) -> list[tuple[str, str]]:
        """The cells, as (client, scenario), that are not as declared and that the lab does not take on itself.

        While tests keep the machine busy, a client may get no processor for long; the lab then blames nobody.
        """
        odd = [cell for cell in self.recorded["cells"] if not cell["expected"] and cell["reason"]["code"] != "starved"]
        return [(cell["client"], cell["scenario"]) for cell in odd]

    def cells(self, scenario: str) -> dict[str, Any]:
        """The cells of a scenario by client."""
        return {cell["client"]: cell for cell in self.recorded["cells"] if cell["scenario"] == scenario}


def compare(out: Path, *arguments: str) -> Run:
    done = lab("compare", "--json", "--out", out, *arguments, seconds=SECONDS)
    return Run(done.status, done.run, done.stderr, out / done.run["id"])


def blamed(run: Run, out: Path) -> list[tuple[str, str]]:
    """The cells, as (client, scenario), whose clients the lab blames even if they run alone."""
    backend = run.recorded["provenance"]["backend"]

    def again(client: str, scenario: str) -> Run:
        alone = ("--clients", client, "--scenarios", scenario, "--late-budget", "1000")
        return compare(out, "--backend", backend, *alone)

    return [cell for cell in run.blamed if again(*cell).blamed]
