"""Takes memory outside the heap: files that exist only in memory.  Its argument says which kind."""

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
    # Each of them takes little, because the limit is for all together.
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
    # The kernel may have killed an earlier process to make room for the next one; a killed one does not answer.
    os.close(ask)
    if not taken or not all(os.read(report, 1) for report in reports):
        sys.exit(1)
print("took all that it wanted")
