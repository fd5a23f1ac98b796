"""Never waits for its reader: it drops the bytes that the pipe cannot hold."""

import os

from slowpoetry.clients import asyncio_streams as honest

os.set_blocking(1, False)
honest.print_poem = lambda poem: os.write(1, poem + b"\n")
honest.main()
