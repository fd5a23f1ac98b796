"""Ignores the end of the stream, and sends to the server until the server resets the connection."""

import asyncio
from asyncio import StreamReader, StreamWriter

from slowpoetry.clients import asyncio_streams as honest

read = StreamReader.read
open_connection = asyncio.open_connection
writers: dict[StreamReader, StreamWriter] = {}


async def open_and_keep(*address: object, **options: object) -> tuple[StreamReader, StreamWriter]:
    reader, writer = await open_connection(*address, **options)
    writers[reader] = writer
    return reader, writer


async def read_or_ask(stream: StreamReader, size: int) -> bytes:
    if data := await read(stream, size):
        return data
    while not writers[stream].transport.is_closing():
        writers[stream].write(b"?")
        await asyncio.sleep(0.05)
    return b""


asyncio.open_connection = open_and_keep
StreamReader.read = read_or_ask
honest.main()
