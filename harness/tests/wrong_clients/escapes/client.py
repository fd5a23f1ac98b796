"""Prints invalid UTF-8 and control sequences for terminals."""

import os
import sys

from slowpoetry.clients import asyncio_streams as honest

EVIL = b"\x1b]0;owned\x07\x1b[2J\xff\xfe\xc2\x9b31m\r"

os.write(sys.stderr.fileno(), EVIL + b"\nTask 1: failed: " + EVIL + b"\n")
honest.print_poem = lambda poem: os.write(sys.stdout.fileno(), EVIL + b"\n")
honest.main()
