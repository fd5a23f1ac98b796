"""Gives up and reports it, but keeps the connection open until the client ends."""

from asyncio import StreamWriter

from slowpoetry.clients import asyncio_streams as honest

kept: list[StreamWriter] = []
StreamWriter.close = lambda writer: kept.append(writer)
honest.main()
