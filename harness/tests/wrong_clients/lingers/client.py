"""Hangs up too late after a signal."""

import os
import signal
import time

from slowpoetry.clients import asyncio_streams as honest
from slowpoetry.clients import command_line


def linger(number, frame):
    time.sleep(2.2)
    os._exit(128 + number)


command_line.leave_on_signals = lambda: signal.signal(signal.SIGTERM, linger)
honest.main()
