"""The lab itself.  Its folders in the order of the flow: a folder imports only those above it.

spec      what to run: manifests of clients and server programs, scenarios
backend   where to run it: in containers or on this machine
run       one cell at work: servers, client and recorder
record    what was recorded, read back: send log, transcript, poems
judge     pure functions of the record: axes, metrics, breaches, verdict
compare   the main job: every client in every scenario
report    a run shown: table, page, JUnit, ...
check, audit, lesson, claims, demo, exercise, grade   built on these, each a task of its own
site      all of it as a static site: documents, lessons, code, runs
suites    the tests of all languages; cli: the command line
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.report.opened_run import OpenedRun


def open_run(path: str | Path) -> OpenedRun:
    """Open a recorded run, a folder or a ZIP archive, to draw and compare it; see docs/lecture.ipynb."""
    from harness.report.opened_run import OpenedRun  # only when it is called: each task of the lab imports this module

    return OpenedRun(path)
