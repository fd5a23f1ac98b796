"""Connects to every server again and again, from several processes; reads nothing, and closes nothing until the end."""

from __future__ import annotations

import os
import socket
import sys

PROCESSES, EACH = 4, 400

addresses = [(host, int(port)) for host, port in (word.rsplit(":", 1) for word in sys.argv[1:])]
all_done, done = os.pipe()
for _ in range(PROCESSES):
    if os.fork() == 0:
        held: list[socket.socket] = []
        try:
            while len(held) < EACH:
                held += [socket.create_connection(address, timeout=5) for address in addresses]
        except OSError as error:
            print(error, file=sys.stderr)
        print(len(held), "connections", file=sys.stderr, flush=True)
        os.close(done)
        os.read(all_done, 1)
        os._exit(1)
os.close(done)
os.read(all_done, 1)
sys.exit(1)
