"""Ends with status 0 although an address failed."""

import sys

from slowpoetry.clients import asyncio_streams as honest

honest.end = lambda outcomes: sys.exit(0)
honest.main()
