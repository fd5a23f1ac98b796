"""Refuses --timeout as a bad argument."""

import sys

from slowpoetry.clients import asyncio_streams as honest

if sys.argv[1] == "--timeout":
    honest.report("usage: get-poetry [host:]port ...")
    sys.exit(2)
honest.main()
