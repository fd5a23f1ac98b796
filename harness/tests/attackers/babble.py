"""Sends to every server, which a client never needs to do, without end and as fast as it can; reads nothing."""

from __future__ import annotations

import selectors
import socket
import sys

NOISE = bytes(range(256)) * 256

with selectors.DefaultSelector() as servers:
    for word in sys.argv[1:]:
        host, port = word.rsplit(":", 1)
        try:
            server = socket.create_connection((host, int(port)))
        except OSError:
            continue
        server.setblocking(False)
        servers.register(server, selectors.EVENT_WRITE)
    said = 0
    while servers.get_map():
        for key, _ in servers.select():
            try:
                said += key.fileobj.send(NOISE)
            except BlockingIOError:
                pass
            except OSError:
                servers.unregister(key.fileobj)
print(f"said {said >> 20} MB", file=sys.stderr)
