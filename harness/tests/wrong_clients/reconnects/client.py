"""Connects to each address many times before it begins."""

import socket
import sys

from slowpoetry.clients import asyncio_streams as honest

for address in sys.argv[1:]:
    host, port = address.rsplit(":", 1)
    for _ in range(25):
        socket.create_connection((host, int(port))).close()
honest.main()
