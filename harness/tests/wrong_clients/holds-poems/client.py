"""Declared to print each poem when it is done, but prints all at the end."""

import atexit

from slowpoetry.clients import asyncio_streams as honest

poems: list[bytes] = []
print_poem = honest.print_poem


def print_all() -> None:
    for poem in poems:
        print_poem(poem)


honest.print_poem = poems.append
atexit.register(print_all)
honest.main()
