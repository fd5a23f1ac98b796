"""Prints one byte of every poem twice."""

from slowpoetry.clients import asyncio_streams as honest

print_poem = honest.print_poem
honest.print_poem = lambda poem: print_poem(poem[:20] + poem[19:])
honest.main()
