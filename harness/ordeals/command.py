"""Hold ordeals, and print one table of them."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from random import Random

from harness.backend import Say
from harness.errors import LabError, UsageError
from harness.ordeals.arena import Arena
from harness.ordeals.crowd import crowd
from harness.ordeals.disk import disk
from harness.ordeals.kills import kill_client, kill_harness, kill_holder, kill_servers
from harness.ordeals.ordeal import Ordeal
from harness.ordeals.trial import Trial
from harness.selection import select

BOTH = ("local", "docker")
ORDEALS = {
    one.name: one
    for one in (
        Ordeal("kill-harness", kill_harness, BOTH),
        Ordeal("kill-servers", kill_servers, BOTH),
        Ordeal("kill-client", kill_client, BOTH),
        Ordeal("kill-holder", kill_holder, ("docker",)),
        Ordeal("disk", disk, ("local",)),
        Ordeal("crowd", crowd, BOTH, 20),
    )
}
COLUMNS = ("ordeal", "backend", "trials", "verdicts", "lab-errors", "missing", "wrong", "faults", "left", "leaks")


def ordeals(only: str, backends: str, seed: int, count: int | None, say: Say) -> int:
    """Hold them; 0 where nothing was wrong, else 1, and all that was is told and kept."""
    if count is not None and count < 1:
        raise UsageError(f"--count {count}: must be 1 or more")
    chosen = select("ordeal", only, ORDEALS) if only else list(ORDEALS.values())
    wanted = select("backend", backends, {name: name for name in BOTH})
    rows, bad = [], 0
    scratch = Path(tempfile.mkdtemp(prefix="slow-poetry-lab-"))
    scratch.chmod(0o755)  # containers run as nobody
    for one in chosen:
        for backend in (name for name in one.backends if name in wanted):
            try:
                trials = _hold(one, backend, scratch / f"{one.name}-{backend}", Random(seed), count, say)
            except LabError as error:
                say(f"{one.name}, {backend}: not held: {error}")
                rows.append([one.name, backend, "-", *("",) * 7, "not held"])
                continue
            rows.append(_row(one.name, backend, trials))
            bad += any(trial.wrong or trial.faults or trial.leaks for trial in trials)
    print(_table([[*COLUMNS, "statuses"], *rows]))
    if bad:
        print(f"What was wrong is kept in {scratch}")
        return 1
    shutil.rmtree(scratch)
    return 0


def _hold(one: Ordeal, backend: str, folder: Path, random: Random, count: int | None, say: Say) -> list[Trial]:
    trials = []
    number = count or one.count
    with one.arena(folder, backend) as arena:
        for trial in chain(one.hold(arena, random, number), map(Arena.next_start, [arena])):
            trials.append(trial)
            say(f"[{len(trials)}/{number}] {one.name}, {backend}: {trial.what}: status {trial.status}")
            for kind in ("wrong", "faults", "leaks"):
                for line in getattr(trial, kind):
                    say(f"  {kind}: {line}")
    return trials


def _row(name: str, backend: str, trials: Sequence[Trial]) -> list[str]:
    statuses = Counter(trial.status for trial in trials)
    numbers = [len(trials)]
    numbers += [sum(getattr(trial, kind) for trial in trials) for kind in ("verdicts", "lab_errors", "missing")]
    numbers += [sum(len(getattr(trial, kind)) for trial in trials) for kind in ("wrong", "faults", "left", "leaks")]
    told = ", ".join(f"{status}: {times}" for status, times in sorted(statuses.items()))
    return [name, backend, *map(str, numbers), told]


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
