"""`./lab` in a process that is forked from one that has already imported it: the same program in its own process, but
without the third of a second of its start.

Other tests start the script `./lab` itself, and so test the bootstrap and the imports.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.paths import ROOT

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(
    [
        "harness.__main__",
        "harness.check.program",
        "harness.check.text",
        "harness.cli.check_tasks",
        "harness.cli.compare_tasks",
        "harness.cli.lab_tasks",
        "harness.cli.show_tasks",
        "harness.compare.matrix",
        "harness.backend.local",
        "harness.backend.docker.backend",
        "harness.judge.replay",
        "harness.report.table",
    ]
)


def run_lab(
    arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], stdout: Path, stderr: Path, seconds: float
) -> int:
    """Run it to its end, with its output in these files; returns its exit status, negative for a signal.

    TimeoutError if it has not ended after so many seconds; then it is killed.
    """
    whole = {**environment, "PYTHONPATH": f"{ROOT}:{ROOT / 'python'}"}
    process = _server.Process(target=_lab, args=(list(arguments), cwd, stdout, stderr, whole))
    process.start()
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise TimeoutError(f"./lab {' '.join(arguments)} has not ended after {seconds} s: {stderr.read_text()}")
    status = process.exitcode
    process.close()
    return status


def _lab(arguments: Sequence[str], cwd: Path, stdout: Path, stderr: Path, environment: Mapping[str, str]) -> None:
    from harness.__main__ import main

    for descriptor, path, how in (
        (0, os.devnull, os.O_RDONLY),
        (1, stdout, os.O_WRONLY | os.O_CREAT),
        (2, stderr, os.O_WRONLY | os.O_CREAT),
    ):
        os.dup2(os.open(path, how, 0o600), descriptor)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.argv = ["lab", *arguments]
    status = 0
    try:
        main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1 if ended.code else 0
        if isinstance(ended.code, str):
            sys.stderr.write(f"{ended.code}\n")
    finally:
        # Multiprocessing does not run these.
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    sys.exit(status)
