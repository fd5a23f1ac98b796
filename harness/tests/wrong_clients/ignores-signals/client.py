"""Ignores the signals that tell it to stop."""

import signal

from slowpoetry.clients import asyncio_streams as honest
from slowpoetry.clients import command_line

command_line.leave_on_signals = lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN)
honest.main()
