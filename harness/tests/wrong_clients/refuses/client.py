"""Refuses its arguments, with control sequences in the message."""

import os
import sys

os.write(sys.stderr.fileno(), b"usage: \x1b[2J\xff\xc2\x9b31m\r\n")
sys.exit(2)
