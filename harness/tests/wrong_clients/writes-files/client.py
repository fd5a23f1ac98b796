"""Keeps each poem in a file until it is printed."""

import tempfile

from slowpoetry.clients import asyncio_streams as honest

print_poem = honest.print_poem


def by_file(poem):
    with tempfile.TemporaryFile() as file:
        file.write(poem)
        file.seek(0)
        print_poem(file.read())


honest.print_poem = by_file
honest.main()
