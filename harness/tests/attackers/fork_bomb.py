"""Starts copies of itself without end, and ignores all signals that can be ignored.

Prints how many copies there are when it cannot start more, or when there are far too many.
"""

from __future__ import annotations

import os
import signal
import time

FAR_TOO_MANY = 2_000

for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)


def alive() -> int:
    return sum(name.isdigit() for name in os.listdir("/proc"))


first = os.getpid()
while True:
    try:
        if alive() < FAR_TOO_MANY:
            if os.fork() == 0:
                os.setsid()
            continue
    except BlockingIOError:
        pass
    if os.getpid() == first:
        os.write(1, f"{alive()} processes\n".encode())
    time.sleep(1)
