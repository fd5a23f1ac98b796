"""The data that claims are answered from: a run's folder with the lessons' output and the services' records."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.record.evidence import Evidence, read_evidence
from harness.record.run_folder import RunFolder, recording_of, scenarios_of
from harness.spec.data_file import load_json
from harness.spec.server_program import REFERENCE

Cell = dict[str, Any]


class Unobserved(Exception):
    """What a claim needs was not recorded or cannot be used; the message says what."""

    def __init__(self, message: str, *evidence: str) -> None:
        super().__init__(message)
        self.evidence = evidence


@dataclass
class Cells:
    """The rounds of one client in one scenario against the reference servers; each has a verdict about the client."""

    folder: RunFolder
    cells: list[Cell]

    @property
    def name(self) -> str:
        """The client and the scenario, for messages."""
        return f"{self.cells[0]['client']} in {self.cells[0]['scenario']}"

    @property
    def evidence(self) -> str:
        """The place of the first round's evidence within the run's folder."""
        return str(Path(self.cells[0]["evidence"]["stdout"]).parent)

    def always(self, axis: str, value: str) -> bool:
        """Whether every round showed this value; Unobserved if a round also allows other values."""
        seen = [list(cell["axes"][axis]) for cell in self.cells]
        if any(values and value not in values for values in seen):
            return False
        if any(values != [value] for values in seen):
            raise Unobserved(f"{self.name} does not show whether {axis} is {value!r}", self.evidence)
        return True

    def shown(self, axis: str) -> str:
        """The values of an axis over the rounds, as text."""
        return "/".join(dict.fromkeys(" or ".join(cell["axes"][axis]) or "nothing" for cell in self.cells))

    def figure(self, read: Callable[[Cell], Any]) -> float:
        """The median of a figure over the rounds; Unobserved if a round has none."""
        values = [read(cell) for cell in self.cells]
        if any(value is None for value in values):
            raise Unobserved(f"{self.name} has no such figure", self.evidence)
        return float(statistics.median(values))

    def metric(self, name: str) -> float:
        """The median of a metric over the rounds."""
        return self.figure(lambda cell: cell["metrics"][name])

    @cached_property
    def read(self) -> list[Evidence]:
        """The evidence of each round."""
        scenarios = scenarios_of(self.folder)
        return [
            read_evidence(
                (self.folder.path / cell["evidence"]["stdout"]).parent, scenarios[cell["scenario"]], recording_of(cell)
            )
            for cell in self.cells
        ]


@dataclass
class Records:
    """A run's folder as claims read it: cells, `lessons/NAME.txt` and `services/NAME/record.json`."""

    folder: RunFolder

    def cells(self, client: str, scenario: str) -> Cells:
        """The rounds of a client in a scenario; Unobserved if there is none or one says nothing about the client."""
        cells = [
            cell
            for cell in self.folder.run["cells"]
            if (cell["server"], cell["client"], cell["scenario"]) == (REFERENCE, client, scenario)
        ]
        if not cells:
            raise Unobserved(f"{client} was not run in {scenario}")
        for cell in cells:
            if cell["evidence"] is None or cell["verdict"] == "lab-error":
                raise Unobserved(f"{client} in {scenario}: {cell['verdict']}: {cell['reason']['sentence']}")
            if not cell["metrics"]["max_open"]:
                # The client is broken or was not started, which says nothing about the seed's client.
                raise Unobserved(f"{client} in {scenario} never connected: {cell['reason']['sentence']}")
        return Cells(self.folder, cells)

    def lesson(self, name: str) -> list[str]:
        """The lines that a Python lesson printed; Unobserved if it was not run, or not to its end."""
        path = self.folder.path / lesson_evidence(name)
        try:
            lines = path.read_text("utf-8").splitlines()
        except OSError as error:
            raise Unobserved(f"the lesson {name} was not run: {error.strerror}") from None
        fault = self.folder.path / lesson_fault(name)
        if fault.exists():
            raise Unobserved(f"the lesson {name} {fault.read_text('utf-8').strip()}", lesson_evidence(name))
        return lines

    def service(self, name: str) -> dict[str, Any]:
        """The record of a service; Unobserved if the service could not be run or the record cannot be read."""
        path = self.folder.path / service_evidence(name)
        if not path.exists():
            raise Unobserved(f"{name} was not run: there is no {path.name}")
        try:
            record: dict[str, Any] = load_json(path)
        except UsageError as error:
            why = str(error).removeprefix(f"{self.folder.path}/")
            raise Unobserved(why, service_evidence(name)) from None
        if "error" in record:
            raise Unobserved(str(record["error"]), service_evidence(name))
        return record


def lesson_evidence(name: str) -> str:
    """The file with a lesson's output, within the run's folder."""
    return f"lessons/{name}.txt"


def lesson_fault(name: str) -> str:
    """The file that says how a lesson failed; it exists only if the lesson failed."""
    return f"lessons/{name}.fault"


def service_evidence(name: str) -> str:
    """The file with the record of a service, within the run's folder."""
    return f"services/{name}/record.json"
