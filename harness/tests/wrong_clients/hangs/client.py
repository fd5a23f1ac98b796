"""Reads 50 bytes of its first poem and then waits for ever."""

import asyncio

from slowpoetry.clients import asyncio_streams as honest

get_poem = honest.get_poem


async def hang(task: int, address: honest.Address, timeout: float | None = None) -> bytes:
    if task > 1:
        return await get_poem(task, address, timeout)
    reader, _ = await asyncio.open_connection(*address)
    honest.report(honest.got_line(task, len(await reader.readexactly(50)), address))
    await asyncio.Event().wait()
    raise AssertionError


honest.get_poem = hang
honest.main()
