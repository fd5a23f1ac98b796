"""Prints a traceback on Ctrl-C."""

from slowpoetry.clients import blocking as honest
from slowpoetry.clients import command_line

command_line.leave_on_signals = lambda: None
honest.main()
