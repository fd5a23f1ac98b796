"""Takes a silence for the end of the poem."""

from asyncio import StreamReader, Task, current_task

from slowpoetry.clients import asyncio_streams as honest

get_poem = honest.get_poem
so_far: dict[Task[None] | None, bytes] = {}  # by asyncio's task: there is one for each address
read = StreamReader.read


async def read_and_keep(stream: StreamReader, size: int) -> bytes:
    data = await read(stream, size)
    so_far[current_task()] = so_far.get(current_task(), b"") + data
    return data


async def get_what_came(task: int, *address: object) -> bytes:
    try:
        return await get_poem(task, *address)
    except TimeoutError:
        return so_far.get(current_task(), b"")


StreamReader.read = read_and_keep
honest.get_poem = get_what_came
honest.main()
