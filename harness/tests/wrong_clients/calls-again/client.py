"""Behaves as declared, but calls an address again for some seconds if it broke off or refused."""

import asyncio
import time

from slowpoetry.clients import asyncio_streams as honest

SECONDS, PAUSE = 30.0, 0.05
get_poem = honest.get_poem


async def get_in_the_end(task: int, *address: object) -> bytes:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            return await get_poem(task, *address)
        except ConnectionError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(PAUSE)


honest.get_poem = get_in_the_end
honest.main()
