"""Declared to read all at once; it connects to all, but reads one poem after another."""

import socket
import sys

from slowpoetry.clients.command_line import begin
from slowpoetry.progress import got_line

addresses = begin().addresses
connections = [socket.create_connection((address.host, address.port)) for address in addresses]
for task, (address, connection) in enumerate(zip(addresses, connections, strict=True), start=1):
    poem = bytearray()
    while data := connection.recv(65536):
        poem += data
        print(got_line(task, len(data), address), file=sys.stderr, flush=True)
    sys.stdout.buffer.write(bytes(poem) + b"\n")
    sys.stdout.flush()
