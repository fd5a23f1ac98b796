"""Prints poems in the encoding of its locale."""

import locale

from slowpoetry.clients import asyncio_streams as honest

locale.setlocale(locale.LC_ALL, "")
encoding = locale.nl_langinfo(locale.CODESET)
print_poem = honest.print_poem
honest.print_poem = lambda poem: print_poem(poem.decode().encode(encoding, "replace"))
honest.main()
