"""Stops when it is told to, but with exit status 0."""

import os
import signal

from slowpoetry.clients import asyncio_streams as honest
from slowpoetry.clients import command_line

command_line.leave_on_signals = lambda: signal.signal(signal.SIGTERM, lambda number, frame: os._exit(0))
honest.main()
