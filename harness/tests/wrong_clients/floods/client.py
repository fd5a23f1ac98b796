"""Prints a gigabyte."""

import sys

for _ in range(1024):
    sys.stdout.buffer.write(bytes(1 << 20))
