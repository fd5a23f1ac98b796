"""Whole compares of the tree's own clients, for the tests of what every client keeps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab_process import lab

from harness.spec.client import discover
from harness.spec.scenario_file import discover as discover_scenarios

SECONDS = 900  # generous: a run takes about one minute, and may have to build first
CLIENTS = {default: [n for n, one in discover().items() if one.default == default] for default in (True, False)}
DEFAULT = [name for name, scenario in discover_scenarios().items() if scenario.default]


@dataclass(frozen=True)
class Run:
    """A finished `./lab compare --json`: its exit status, run.json, what it said, and its folder."""

    status: int
    recorded: dict[str, Any]
    said: str
    folder: Path

    def cells(self, scenario: str) -> dict[str, Any]:
        """The cells of a scenario by client."""
        return {cell["client"]: cell for cell in self.recorded["cells"] if cell["scenario"] == scenario}


def compare(out: Path, *arguments: str) -> Run:
    done = lab("compare", "--json", "--out", out, *arguments, seconds=SECONDS)
    return Run(done.status, done.run, done.stderr, out / done.run["id"])


def as_declared(client: str, scenario: str, backend: str, out: Path) -> bool:
    """Whether a client is, where there is time.  A busy machine that holds it back changes what is seen of it."""
    alone = compare(out, "--backend", backend, "--clients", client, "--scenarios", scenario, "--late-budget", "1000")
    return alone.status == 0
