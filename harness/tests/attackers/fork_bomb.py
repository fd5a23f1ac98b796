"""Multiplies without end, deaf to all signals but the one that nothing can be deaf to.

Says how many of it there are when there can be no more, or are far too many.
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
