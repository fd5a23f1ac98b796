"""The outcome of one trial: its verdicts compared with the known ones, and what it has left."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import LabError
from harness.judge.replay import replay
from harness.printable import counted

Place = tuple[str, str]  # scenario and client
Verdict = tuple[str, str]  # verdict and reason code
Known = Mapping[Place, Verdict]


@dataclass
class Trial:
    """The outcome of one disturbed compare."""

    what: str  # what was done to it, and when
    status: int = 0  # the exit status; negative: the signal that killed it
    verdicts: int = 0
    lab_errors: int = 0  # cells with a lab-error instead of a verdict
    missing: int = 0  # cells with neither
    wrong: list[str] = field(default_factory=list)  # verdicts other than the known ones
    faults: list[str] = field(default_factory=list)  # tracebacks, hangs, inconsistent run folders
    left: list[str] = field(default_factory=list)  # what the disturbed compare left until the next start's sweep
    leaks: list[str] = field(default_factory=list)  # what is left even after the sweep

    @property
    def unwanted(self) -> dict[str, list[str]]:
        """Everything that must not happen, by kind."""
        return {"wrong": self.wrong, "fault": self.faults, "leak": self.leaks}

    def judge(self, out: Path, known: Known, allowed: Collection[Verdict] = ()) -> None:
        """Compare the verdicts in the only run folder in `out` with the known ones, as written and as replayed.

        Each `allowed` verdict may also come once: a client that was killed did die by SIGKILL.
        """
        folders = list(out.glob("*/run.json"))
        if not folders:
            self.missing += len(known)
            return
        [path] = folders
        run = json.loads(path.read_text("utf-8"))
        found = _verdicts(run)
        self.missing += len(known.keys() - found.keys())
        excuses = list(allowed)
        for place, verdict in found.items():
            if verdict[0] == "lab-error":
                self.lab_errors += 1
                continue
            self.verdicts += 1
            if verdict != known.get(place):
                if verdict in excuses:
                    excuses.remove(verdict)
                else:
                    self.wrong.append(f"{' '.join(place)}: {' '.join(verdict)}, not {' '.join(known[place])}")
        if run["status"] is not None and found.keys() != known.keys():
            self.faults.append(f"{path} is marked complete, with {len(found)} of {counted(len(known), 'cell')}")
        try:
            again = _verdicts(replay(path.parent, lambda line: None).run)
        except (LabError, OSError, ValueError) as error:
            self.faults.append(f"{path} cannot be replayed: {error}")
            return
        self.wrong += [
            f"{' '.join(p)}: replayed {' '.join(again[p])}, not {found[p]}" for p in found if again[p] != found[p]
        ]


def _verdicts(run: Mapping[str, Any]) -> dict[Place, Verdict]:
    return {(cell["scenario"], cell["client"]): (cell["verdict"], cell["reason"]["code"]) for cell in run["cells"]}


def verdicts_in(out: Path) -> dict[Place, Verdict]:
    """The verdicts of the only run in a folder; empty if there is no run."""
    return next((_verdicts(json.loads(path.read_text("utf-8"))) for path in out.glob("*/run.json")), {})
