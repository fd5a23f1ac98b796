"""The task `ordeal`: runs ordeals and prints one table of them."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from random import Random

from harness.audit.ordeals.arena import Arena
from harness.audit.ordeals.clock import SteppedArena, clock
from harness.audit.ordeals.crowd import UnhurriedArena, crowd
from harness.audit.ordeals.disk import disk
from harness.audit.ordeals.engine import OwnEngineArena, engine
from harness.audit.ordeals.kills import kill_client, kill_harness, kill_servers
from harness.audit.ordeals.ordeal import NotHere, Ordeal
from harness.audit.ordeals.trial import Trial
from harness.backend import Say
from harness.errors import UsageError
from harness.selection import select

BOTH = ("local", "docker")
ORDEALS = {
    one.name: one
    for one in (
        Ordeal("kill-harness", kill_harness, BOTH),
        Ordeal("kill-servers", kill_servers, BOTH),
        Ordeal("kill-client", kill_client, BOTH),
        Ordeal("disk", disk, ("local",)),
        Ordeal("clock", clock, ("local",), arena=SteppedArena),
        Ordeal("engine", engine, ("docker",), 20, OwnEngineArena),
        Ordeal("crowd", crowd, BOTH, 20, UnhurriedArena),
    )
}
COLUMNS = ("ordeal", "backend", "trials", "verdicts", "lab-errors", "missing", "wrong", "faults", "left", "leaks")


def ordeals(only: str, backends: str, seed: int, count: int | None, say: Say) -> int:
    """Run ordeals and print a table; returns 0 if nothing was wrong, else 1, and then keeps the folders.

    UsageError or NothingSelected names a bad option.
    """
    if count is not None and count < 1:
        raise UsageError(f"--count {count}: must be 1 or more")
    chosen = select("ordeal", only, ORDEALS) if only else list(ORDEALS.values())
    wanted = select("backend", backends, {name: name for name in BOTH})
    scratch = Path(tempfile.mkdtemp(prefix="slow-poetry-lab-"))
    scratch.chmod(0o755)  # containers run as nobody
    rows, unwanted, good = [[*COLUMNS, "statuses"]], False, False
    try:
        for ordeal, backend in [(one, name) for one in chosen for name in one.backends if name in wanted]:
            folder = scratch / f"{ordeal.name}-{backend}"
            try:
                trials = _hold(ordeal, backend, folder, Random(seed), count or ordeal.count, say)
            except NotHere as error:
                say(f"{ordeal.name}, {backend}: not run: {error}")
                rows.append([ordeal.name, backend, *[""] * 8, "not run"])
                continue
            rows.append(_row(ordeal.name, backend, trials))
            unwanted |= any(lines for trial in trials for lines in trial.unwanted.values())
        print(_table(rows))
        good = not unwanted
    finally:
        if good:
            shutil.rmtree(scratch)
        else:
            say(f"the runs and their output are kept in {scratch}")
    return 0 if good else 1


def _hold(ordeal: Ordeal, backend: str, folder: Path, random: Random, count: int, say: Say) -> list[Trial]:
    """The trials of one ordeal on one backend; each is reported when it ends."""
    trials = []
    with ordeal.arena(folder, backend) as arena:
        for trial in chain(ordeal.hold(arena, random, count), map(Arena.next_start, [arena])):
            trials.append(trial)
            say(f"[{len(trials)}/{count + 1}] {ordeal.name}, {backend}: {trial.what}: status {trial.status}")
            for kind, lines in trial.unwanted.items():
                for line in lines:
                    say(f"  {kind}: {line}")
    return trials


def _row(name: str, backend: str, trials: Sequence[Trial]) -> list[str]:
    numbers = [len(trials)]
    numbers += [sum(getattr(trial, kind) for trial in trials) for kind in ("verdicts", "lab_errors", "missing")]
    numbers += [sum(len(getattr(trial, kind)) for trial in trials) for kind in ("wrong", "faults", "left", "leaks")]
    statuses = sorted(Counter(trial.status for trial in trials).items())
    return [name, backend, *map(str, numbers), ", ".join(f"{status}: {times}" for status, times in statuses)]


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
