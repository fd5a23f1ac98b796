"""Prints the poems line by line in turn."""

import atexit
import itertools
import sys

from slowpoetry.clients import asyncio_streams as honest

poems: list[bytes] = []


def print_in_turn() -> None:
    lines = (poem.splitlines(keepends=True) for poem in poems)
    for row in itertools.zip_longest(*lines, fillvalue=b""):
        sys.stdout.buffer.write(b"".join(row))


honest.print_poem = poems.append
atexit.register(print_in_turn)
honest.main()
