"""The arena of an ordeal: the disturbed compares, the sweep after each, and an undisturbed compare at the end."""

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
SECONDS = 300.0  # a compare that takes longer hangs; usually it takes about ten
TRUTH = {("pass", "as-declared"), ("fail", "truncation-swallowed")}  # the verdicts of right and of wrong clients
PATIENCE = 1.0  # seconds for things that end by themselves, as servers do when the lab has died
LONG_PATIENCE = 20.0  # seconds for an engine that is still removing containers


class Disturbed:
    """A running compare, in a folder of its own."""

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
        """Wait until so many seconds after its start; False if it has ended before."""
        try:
            self.process.wait(max(0.0, self.began + seconds - time.monotonic()))
        except subprocess.TimeoutExpired:
            return True
        return False

    def once(self, found: Callable[[], Any]) -> Any:
        """Call `found` until it returns something, and return that; None if the compare has ended before."""
        while not (result := found()):
            if not self.at(time.monotonic() - self.began + 0.005):
                return None
        return result

    @property
    def stderr(self) -> str:
        """Its standard error so far."""
        return (self.folder / "stderr").read_text("utf-8", errors="replace")


class Arena:
    """Use it with `with`: it begins with an undisturbed run, for the known verdicts and the length of a run."""

    scenarios, pace = "reset", 0.2
    late_budget = 500.0  # ms: high, because most ordeals do not test lateness

    def __init__(self, scratch: Path, backend: str) -> None:
        self.scratch, self.backend = scratch, backend
        self.engine = address() if backend == "docker" else None
        self.known: Known = {}
        self.seconds = 0.0
        self._labs: list[Disturbed] = []
        self._others: set[int] = set()  # children of this process that no compare has left behind

    def clients(self) -> Iterable[Path]:
        """The folders of the clients: one that is right, one that is wrong, and one that leaves a child running."""
        return [WRONG / name for name in ("honest", "swallows-reset", "leaves-children")]

    def command(self) -> list[str]:
        """The command that starts `./lab`."""
        return [str(ROOT / "lab")]

    def environ(self) -> dict[str, str]:
        """The variables that are added to its environment."""
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
        """Run an undisturbed compare, and keep its verdicts and its length."""
        lab = self.start()
        trial = self.outcome(lab, "undisturbed")
        self.known, self.seconds = verdicts_in(lab.out), time.monotonic() - lab.began
        if trial.status != 1 or any(trial.unwanted.values()) or set(self.known.values()) != TRUTH:
            raise LabError(f"the undisturbed run does not have the expected verdicts: {trial}; see {lab.folder}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for lab in self._labs:
            lab.process.terminate()
        for lab in self._labs:
            lab.process.wait()
        end_children_but(self._others)

    def start(self, out: Path | None = None) -> Disturbed:
        """Start a compare; its run folder is made in `out`, by default in the trial's own folder."""
        clients = [word for folder in self.clients() for word in ("--client", str(folder))]
        options = ["--scenarios", self.scenarios, "--pace", f"{self.pace:g}", "--no-install"]
        options += ["--late-budget", f"{self.late_budget:g}"]
        command = [*self.command(), "compare", "--backend", self.backend, *clients, *options, *self.more()]
        lab = Disturbed(self.scratch / f"{len(self._labs) + 1:04}", command, self.environ(), out)
        self._labs.append(lab)
        self._others.add(lab.pid)
        return lab

    def outcome(self, lab: Disturbed, what: str, allowed: Collection[Verdict] = ()) -> Trial:
        """Wait for the end of a compare, judge it, sweep as the next start does, and list what is left."""
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
        """One more compare, undisturbed: it must be right, whatever the earlier ones have left."""
        trial = self.outcome(self.start(), "the next start")
        if trial.status != 1 or trial.missing or trial.lab_errors:
            trial.faults.append("its results are not those of an undisturbed run")
        return trial

    def _remains(self, lab: Disturbed, patience: float) -> list[str]:
        deadline = time.monotonic() + patience
        while (found := remains(lab.pid, self.engine, lab.temporary, self._others)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found
