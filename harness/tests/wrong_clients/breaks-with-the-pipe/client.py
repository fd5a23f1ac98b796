"""Prints a traceback when standard output is closed."""

import sys

from slowpoetry.clients import asyncio_streams as honest


def print_poem(poem):
    sys.stdout.buffer.write(poem + b"\n")
    sys.stdout.buffer.flush()


honest.print_poem = print_poem
honest.main()
