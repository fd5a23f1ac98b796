"""Leaves a child in a session of its own that holds standard output open."""

import subprocess

from slowpoetry.clients import asyncio_streams as honest

child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
honest.report(f"child {child.pid}")
honest.main()
