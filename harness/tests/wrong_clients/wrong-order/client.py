"""Declared to print in the order of completion, but prints in the order of the arguments."""

import asyncio

from slowpoetry.clients import asyncio_streams as honest
from slowpoetry.clients.command_line import begin


async def fetch_all() -> None:
    poems = [honest.get_poem(task, address) for task, address in enumerate(begin().addresses, start=1)]
    for poem in await asyncio.gather(*poems):
        honest.print_poem(poem)


asyncio.run(fetch_all())
