"""Ends when standard output is closed, but with exit status 0."""

import os

from slowpoetry.clients import asyncio_streams as honest


def print_poem(poem):
    try:
        rest = poem + b"\n"
        while rest:
            rest = rest[os.write(1, rest) :]
    except BrokenPipeError:
        os._exit(0)


honest.print_poem = print_poem
honest.main()
