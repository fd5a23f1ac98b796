"""Its manifest declares a failure that it no longer has."""

from slowpoetry.clients import asyncio_streams as honest

honest.main()
