"""Decodes every read separately, so that a character cut in two is lost."""

from asyncio import StreamReader

from slowpoetry.clients import asyncio_streams as honest

read = StreamReader.read


async def read_text(stream: StreamReader, size: int) -> bytes:
    return (await read(stream, size)).decode(errors="replace").encode()


StreamReader.read = read_text
honest.main()
