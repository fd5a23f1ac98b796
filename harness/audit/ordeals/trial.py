"""One trial's outcome: its verdicts held against the known ones, and what is left of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import LabError
from harness.judge.replay import replay

Place = tuple[str, str]  # scenario and client
Verdict = tuple[str, str]  # verdict and reason code
Known = Mapping[Place, Verdict]


@dataclass
class Trial:
    """What came of one disturbed compare."""

    what: str  # was done to it, and when
    status: int = 0  # how the compare ended; negative: the signal that it died by
    verdicts: int = 0
    lab_errors: int = 0  # instead of a verdict
    missing: int = 0  # cells without either
    wrong: list[str] = field(default_factory=list)  # verdicts other than the known ones
    faults: list[str] = field(default_factory=list)  # tracebacks, hangs, folders that are not what they say they are
    left: list[str] = field(default_factory=list)  # by the disturbed compare, until the next start's sweep
    leaks: list[str] = field(default_factory=list)  # what is there even after that

    @property
    def unwanted(self) -> dict[str, list[str]]:
        """All that there must not be, by kind."""
        return {"wrong": self.wrong, "fault": self.faults, "leak": self.leaks}

    def judge(self, out: Path, known: Known, allowed: Collection[Verdict] = ()) -> None:
        """Hold the verdicts in the only run folder in `out` against the known ones, as written and as replayed.

        Each `allowed` one may stand once besides: a client that was killed itself did die by SIGKILL.
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
            self.faults.append(f"{path} is marked complete, with {len(found)} of {len(known)} cells")
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
    """The verdicts of the only run in a folder; none where there is no run."""
    return next((_verdicts(json.loads(path.read_text("utf-8"))) for path in out.glob("*/run.json")), {})
