"""Prints all poems at the end, and nothing if it is stopped earlier."""

from slowpoetry.clients import asyncio_streams as honest

kept = []
print_poem, end = honest.print_poem, honest.end


def print_all(outcomes):
    for poem in kept:
        print_poem(poem)
    end(outcomes)


honest.print_poem = kept.append
honest.end = print_all
honest.main()
