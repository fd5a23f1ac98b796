"""Loses one byte of every poem."""

from slowpoetry.clients import asyncio_streams as honest

print_poem = honest.print_poem
honest.print_poem = lambda poem: print_poem(poem[:20] + poem[21:])
honest.main()
