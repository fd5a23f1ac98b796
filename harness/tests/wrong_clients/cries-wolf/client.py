"""Ends with status 1 although every poem came whole."""

import sys

from slowpoetry.clients import asyncio_streams as honest

honest.end = lambda outcomes: sys.exit(1)
honest.main()
