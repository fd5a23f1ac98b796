"""How far a run is: on a terminal one line that changes, with only unexpected cells above it; else a line per cell."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from harness.backend import Say
from harness.cli.run_task import say
from harness.compare.progress import Progress, Watch
from harness.printable import printable_lines


@contextmanager
def live_line(*, failures: bool = True) -> Iterator[tuple[Say, Watch]]:
    """Two functions: the first tells the user something, the second how far the run is.

    Without `failures`, a terminal shows only the one line, because the task explains afterwards what failed.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield say, lambda progress: say(progress.line)
        return
    from rich.console import Console
    from rich.status import Status

    console = Console(stderr=True, highlight=False, markup=False)
    status = Status("", console=console)

    def tell(line: str) -> None:
        console.print(printable_lines(line))

    def watch(progress: Progress) -> None:
        status.start()
        if failures and not progress.expected:
            tell(progress.line)
        status.update(str(progress))

    try:
        yield tell, watch
    finally:
        status.stop()
