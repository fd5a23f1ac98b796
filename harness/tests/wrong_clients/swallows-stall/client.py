"""Takes a silence for the end of the poem."""

from asyncio import StreamReader

from slowpoetry.clients import asyncio_streams as honest

get_poem = honest.get_poem
so_far: dict[StreamReader, bytes] = {}
read = StreamReader.read


async def read_and_keep(stream: StreamReader, size: int) -> bytes:
    data = await read(stream, size)
    so_far[stream] = so_far.get(stream, b"") + data
    return data


async def get_what_came(task: int, *address: object) -> bytes:
    try:
        return await get_poem(task, *address)
    except TimeoutError:
        return min(so_far.values(), key=len)


StreamReader.read = read_and_keep
honest.get_poem = get_what_came
honest.main()
