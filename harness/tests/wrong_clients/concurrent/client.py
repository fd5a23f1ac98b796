"""Declared to fetch one poem after another, but connects to all together."""

from slowpoetry.clients import asyncio_streams as honest

honest.main()
