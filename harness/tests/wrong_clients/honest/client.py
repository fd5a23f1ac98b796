"""Does all as declared; the wrong ones differ from it by one thing."""

from slowpoetry.clients import asyncio_streams as honest

honest.main()
