"""Takes memory by other ways than the heap: files that exist in memory only.  Called with the way to take."""

from __future__ import annotations

import os
import signal
import sys

PIECE = bytes(1 << 20)
MEGABYTES = 600  # more than a client may have

way = sys.argv[1]
if way == "file-in-memory":
    file = os.memfd_create("hog")
    for _ in range(MEGABYTES):
        os.write(file, PIECE)
elif way == "many-processes":
    # None of them takes much: the limit is that of all together.
    reports = []
    question, ask = os.pipe()
    for _ in range(6):
        report, write = os.pipe()
        reports.append(report)
        if os.fork() == 0:
            os.close(ask)
            held = b"x" * (MEGABYTES // 5 << 20)
            os.write(write, b"x")
            os.read(question, 1)
            os.write(write, b"x")
            signal.pause()
        os.close(write)
    taken = all(os.read(report, 1) for report in reports)
    # One that had taken its part may have been killed for the sake of the next: asked once more, it does not answer.
    os.close(ask)
    if not taken or not all(os.read(report, 1) for report in reports):
        sys.exit(1)
print("took all that it wanted")
