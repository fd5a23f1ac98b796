"""Goes on when standard output is closed."""

import os

from slowpoetry.clients import asyncio_streams as honest


def print_poem(poem):
    try:
        rest = poem + b"\n"
        while rest:
            rest = rest[os.write(1, rest) :]
    except BrokenPipeError:
        pass


honest.print_poem = print_poem
honest.end = lambda outcomes: os._exit(1)
honest.main()
