"""Where an ordeal is held: the compares that are disturbed, the sweep after each, and an undisturbed one at the end."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from harness.audit.ordeals.remains import address, remains, sweep
from harness.audit.ordeals.trial import Known, Trial, Verdict, verdicts_in
from harness.backend.descendants import adopt_orphans, children, end_children_but
from harness.errors import LabError
from harness.paths import ROOT

WRONG = ROOT / "harness" / "tests" / "wrong_clients"
SECONDS = 300.0  # after these a compare hangs; it takes some ten
TRUTH = {("pass", "as-declared"), ("fail", "truncation-swallowed")}  # of right and of wrong clients
PATIENCE = 1.0  # for what ends by itself, as servers do when the lab is gone
LONG_PATIENCE = 20.0  # for an engine that is still removing


class Disturbed:
    """A compare under way, in a folder of its own."""

    def __init__(self, folder: Path, command: list[str], environ: dict[str, str], out: Path | None) -> None:
        self.folder, self.out, self.temporary = folder, out or folder / "runs", folder / "tmp"
        self.temporary.mkdir(parents=True)
        self.began = time.monotonic()
        with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
            self.process = subprocess.Popen(
                [*command, "--out", str(self.out)],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
                env={**os.environ, **environ, "TMPDIR": str(self.temporary)},
            )  # fmt: skip
        self.pid = self.process.pid

    def at(self, seconds: float) -> bool:
        """Wait until so long after its start; False where it has ended before."""
        try:
            self.process.wait(max(0.0, self.began + seconds - time.monotonic()))
        except subprocess.TimeoutExpired:
            return True
        return False

    def once(self, found: Callable[[], Any]) -> Any:
        """Wait until something is found, and return it; None where the compare has ended before."""
        while not (there := found()):
            if not self.at(time.monotonic() - self.began + 0.005):
                return None
        return there

    @property
    def stderr(self) -> str:
        """What it has said."""
        return (self.folder / "stderr").read_text("utf-8", errors="replace")


class Arena:
    """`with` an arena: an undisturbed run tells the known verdicts, and how long a run takes."""

    scenarios, pace = "reset", 0.2
    late_budget = 500.0  # ms: most ordeals are not about being late

    def __init__(self, scratch: Path, backend: str) -> None:
        self.scratch, self.backend = scratch, backend
        self.engine = address() if backend == "docker" else None
        self.known: Known = {}
        self.seconds = 0.0
        self._labs: list[Disturbed] = []
        self._others: set[int] = set()  # children of this process that are no remains of a lab

    def clients(self) -> Iterable[Path]:
        """The folders of the clients: one that is right, one that is not, and one that leaves a child behind."""
        return [WRONG / name for name in ("honest", "swallows-reset", "leaves-children")]

    def command(self) -> list[str]:
        """How `./lab` is started."""
        return [str(ROOT / "lab")]

    def environ(self) -> dict[str, str]:
        """What is added to its environment."""
        return {}

    def more(self) -> list[str]:
        """Further options of every compare."""
        return []

    def __enter__(self) -> Self:
        adopt_orphans()
        self._others = children()
        try:
            self._learn()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _learn(self) -> None:
        """What an undisturbed run comes to."""
        lab = self.start()
        trial = self.outcome(lab, "undisturbed")
        self.known, self.seconds = verdicts_in(lab.out), time.monotonic() - lab.began
        if trial.status != 1 or any(trial.unwanted.values()) or set(self.known.values()) != TRUTH:
            raise LabError(f"the undisturbed run is not as it should be: {trial}; see {lab.folder}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for lab in self._labs:
            lab.process.terminate()
        for lab in self._labs:
            lab.process.wait()
        end_children_but(self._others)

    def start(self, out: Path | None = None) -> Disturbed:
        """Start a compare; `out`: where its run folder is made, if not in the trial's own folder."""
        clients = [word for folder in self.clients() for word in ("--client", str(folder))]
        options = ["--scenarios", self.scenarios, "--pace", f"{self.pace:g}", "--no-install"]
        options += ["--late-budget", f"{self.late_budget:g}"]
        command = [*self.command(), "compare", "--backend", self.backend, *clients, *options, *self.more()]
        lab = Disturbed(self.scratch / f"{len(self._labs) + 1:04}", command, self.environ(), out)
        self._labs.append(lab)
        self._others.add(lab.pid)
        return lab

    def outcome(self, lab: Disturbed, what: str, allowed: Collection[Verdict] = ()) -> Trial:
        """Wait for the end of a compare, judge it, sweep as the next start does, and count what is left."""
        trial = Trial(what)
        if lab.at(SECONDS):
            trial.faults.append(f"it had not ended after {SECONDS:g} s")
            lab.process.kill()
        trial.status = lab.process.wait()
        if "Traceback" in lab.stderr or "fault of the lab itself" in lab.stderr:
            trial.faults.append(f"a traceback in {lab.folder / 'stderr'}")
        trial.judge(lab.out, self.known or verdicts_in(lab.out), allowed)
        if not trial.missing:
            self.seconds = min(self.seconds, time.monotonic() - lab.began)
        trial.left = self._remains(lab, PATIENCE)
        if trial.left:
            sweep(self.engine)
            trial.leaks = self._remains(lab, LONG_PATIENCE)
        end_children_but(self._others)
        return trial

    def next_start(self) -> Trial:
        """One more compare that is not disturbed: after all that was done, it must be right."""
        trial = self.outcome(self.start(), "the next start")
        if trial.status != 1 or trial.missing or trial.lab_errors:
            trial.faults.append("it is not as an undisturbed run should be")
        return trial

    def _remains(self, lab: Disturbed, patience: float) -> list[str]:
        deadline = time.monotonic() + patience
        while (found := remains(lab.pid, self.engine, lab.temporary, self._others)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found
