"""Needs the variable HOME."""

import os

from slowpoetry.clients import asyncio_streams as honest

os.listdir(os.environ["HOME"])
honest.main()
