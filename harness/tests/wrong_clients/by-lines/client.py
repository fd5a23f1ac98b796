"""Declared to report every read, but reports every line."""

from slowpoetry.clients import asyncio_streams as honest

StreamReader = honest.asyncio.StreamReader
StreamReader.read = lambda stream, size: StreamReader.readline(stream)
honest.main()
