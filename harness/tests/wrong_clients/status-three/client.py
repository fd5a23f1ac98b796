"""Ends with a status that the contract does not know."""

import sys

from slowpoetry.clients import asyncio_streams as honest

honest.end = lambda outcomes: sys.exit(3)
honest.main()
