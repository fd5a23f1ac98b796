"""Gives up after four times the seconds of --timeout."""

import sys

from slowpoetry.clients import asyncio_streams as honest

if sys.argv[1] == "--timeout":
    sys.argv[2] = str(float(sys.argv[2]) * 4)
honest.main()
