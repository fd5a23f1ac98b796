"""Never waits for its reader: what the pipe does not take at once is forgotten."""

import os

from slowpoetry.clients import asyncio_streams as honest

os.set_blocking(1, False)
honest.print_poem = lambda poem: os.write(1, poem + b"\n")
honest.main()
