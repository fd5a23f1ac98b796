"""Takes a Ctrl-C for an error of its own, and shows where it was."""

from slowpoetry.clients import blocking as honest
from slowpoetry.clients import command_line

command_line.leave_on_signals = lambda: None
honest.main()
