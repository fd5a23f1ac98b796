"""Leaves a child in another session and without the environment."""

import subprocess

from slowpoetry.clients import asyncio_streams as honest

child = subprocess.Popen(["sleep", "1000"], start_new_session=True, env={})
honest.report(f"child {child.pid}")
honest.main()
