"""Declared to stream, but prints each poem when it is done."""

from slowpoetry.clients import asyncio_streams as honest

honest.main()
