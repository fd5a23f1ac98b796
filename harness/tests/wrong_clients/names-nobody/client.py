"""Does not say which address failed."""

from slowpoetry.clients import asyncio_streams as honest

report = honest.report
honest.report = lambda line: None if "failed" in line else report(line)
honest.main()
