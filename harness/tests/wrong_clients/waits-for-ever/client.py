"""Accepts --timeout, but waits for ever."""

import sys

from slowpoetry.clients import asyncio_streams as honest

if sys.argv[1] == "--timeout":
    del sys.argv[1:3]
honest.main()
