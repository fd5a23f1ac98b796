"""The first process of the lab's own container: it starts the lab, and ends it if nobody waits for it."""

from __future__ import annotations

import signal

# Until `main` sets its own handlers, Ctrl-C ends this process without a traceback, even during the imports.
signal.signal(signal.SIGINT, signal.SIG_DFL)

import os
import subprocess
import sys
from threading import Event, Thread
from types import FrameType

from harness.backend.docker import own_container
from harness.errors import SIGNALS
from harness.paths import ROOT


def main() -> None:
    """Run the lab with the words of the command line; ends with its exit status.

    The caller keeps the standard input open, unless it is a terminal.  If it ends, the caller is gone: the lab is
    stopped, and this container removes itself.
    """
    terminal = sys.stdin.isatty()
    command = ["sh", str(ROOT / "lab"), *sys.argv[1:]]
    lab = subprocess.Popen(command, stdin=None if terminal else subprocess.DEVNULL)

    def pass_on(signum: int, frame: FrameType | None) -> None:
        lab.send_signal(signum)

    for signum in SIGNALS:
        signal.signal(signum, pass_on)
    alone = Event()

    def watch() -> None:
        while os.read(0, 1 << 10):
            pass
        alone.set()
        lab.terminate()

    if not terminal:
        Thread(target=watch, daemon=True).start()
    status = lab.wait()
    if alone.is_set():
        own_container.remove()
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
