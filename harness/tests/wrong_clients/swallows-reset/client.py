"""Takes a reset for the end of the poem."""

from asyncio import StreamReader

from slowpoetry.clients import asyncio_streams as honest

read = StreamReader.read


async def read_or_end(stream: StreamReader, size: int) -> bytes:
    try:
        return await read(stream, size)
    except ConnectionResetError:
        return b""


StreamReader.read = read_or_end
honest.main()
