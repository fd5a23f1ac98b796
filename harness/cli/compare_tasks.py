"""The tasks that run clients in every scenario: from their command lines to the table."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.live_line import live_line
from harness.cli.run_task import Given, run_task, say
from harness.errors import LabError
from harness.printable import printable_json

if TYPE_CHECKING:
    from harness.record.run_folder import RunFolder


def compare_task(given: Given) -> None:
    """Compare, or replay, and print the table or run.json."""
    from harness.compare.matrix import compare
    from harness.compare.options import Options, refuse_with_replay
    from harness.judge.exit_status import exit_status, incomplete
    from harness.judge.replay import replay as replay_run

    def task() -> int:
        options, replay = Options.given(given), given["replay"]
        options.check()
        if replay:
            refuse_with_replay(given)
            folder = replay_run(Path(replay), say)
        else:
            with live_line() as (tell, watch):
                folder = compare(options, tell, watch)
        _print_run(folder, given["json"])
        return exit_status(folder.run["cells"], options.fail_on) or (LabError.status if incomplete(folder.run) else 0)

    run_task(task)


def worker_task(scheduler: str, jobs: str, backend: str, no_install: bool) -> None:
    """Run cells for a Dask cluster until a signal."""
    from harness.compare.host import host
    from harness.compare.options import GIVEN

    run_task(lambda: host(scheduler, GIVEN["jobs"][1](jobs), backend, install=not no_install, say=say))


def merge_task(runs: Sequence[str], out: str, as_json: bool) -> None:
    """Merge runs and print the table or run.json of the merged run."""
    from harness.compare.merge import merge

    def task() -> int:
        folder = merge([Path(run) for run in runs], Path(out) if out else None, say)
        _print_run(folder, as_json)
        status: int = folder.run["status"]
        return status

    run_task(task)


def _print_run(folder: RunFolder, as_json: bool) -> None:
    from harness.report.table import table

    if as_json:
        print(printable_json(folder.run))
    else:
        sys.stdout.write(table(folder.run, shutil.get_terminal_size().columns))
        print(f"The evidence is in {folder.shown}")
