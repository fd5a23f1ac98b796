"""Ends with an exit status that the contract does not allow."""

import sys

from slowpoetry.clients import asyncio_streams as honest

honest.end = lambda outcomes: sys.exit(3)
honest.main()
