"""Reports one byte too many at every read."""

from slowpoetry.clients import asyncio_streams as honest

got_line = honest.got_line
honest.got_line = lambda task, size, address: got_line(task, size + 1, address)
honest.main()
