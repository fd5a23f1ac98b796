"""Declared to fetch one after another, and connects together."""

from slowpoetry.clients import asyncio_streams as honest

honest.main()
