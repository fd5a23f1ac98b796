"""Behaves as declared; each wrong client differs from it in one thing."""

from slowpoetry.clients import asyncio_streams as honest

honest.main()
