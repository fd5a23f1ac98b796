"""Does not end: it ignores signals, fills both streams without a newline, and leaves a child in another session."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, signal.SIG_IGN)
for _ in range(2):
    subprocess.Popen(["sleep", sys.argv[1]], start_new_session=True, env={})
while True:
    os.write(1, b"o")
    signal.sigtimedwait([signal.SIGUSR1], 0.01)
