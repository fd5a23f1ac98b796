"""The keeper of the ordeal's own engine: `python -m harness.audit.ordeals.keeper DOCKERD ...`, in its own namespaces.

It reads commands from standard input (`start`, `stop SIGNAL`), and answers each with `done`.  It adopts the processes
that the engine leaves behind.  When its standard input ends, it ends them and itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from harness.backend.descendants import adopt_orphans, end_children_but

STOP_SECONDS = 60


def main() -> None:
    """Run until standard input ends."""
    adopt_orphans()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    engine: subprocess.Popen[bytes] | None = None
    try:
        with Path("engine.log").open("ab") as log:
            for line in sys.stdin:
                match line.split():
                    case ["start"]:
                        _reap()  # the new engine would take a containerd that is dead but not reaped for a running one
                        engine = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
                    case ["stop", number] if engine is not None:
                        engine.send_signal(int(number))
                        engine.wait(STOP_SECONDS)
                print("done", flush=True)
    finally:
        end_children_but(())


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


if __name__ == "__main__":
    main()
