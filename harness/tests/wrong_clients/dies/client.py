"""Is killed by a signal when it has its first poem."""

import os
import signal

from slowpoetry.clients import asyncio_streams as honest

honest.print_poem = lambda poem: os.kill(os.getpid(), signal.SIGKILL)
honest.main()
