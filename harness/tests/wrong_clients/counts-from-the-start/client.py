"""Counts the seconds of --timeout once for each poem, from its start."""

import asyncio
from typing import Any

from slowpoetry.clients import asyncio_streams as honest

get_poem = honest.get_poem


async def get_poem_in_time(task: int, address: Any, timeout: float | None = None) -> bytes:
    async with asyncio.timeout(timeout):
        return await get_poem(task, address)


honest.get_poem = get_poem_in_time
honest.main()
