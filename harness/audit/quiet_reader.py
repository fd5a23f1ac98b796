"""A client that reads everything and prints nothing: `bench` measures the servers with it.

``python -m harness.audit.quiet_reader [host:]port ...``.  It prints no poems, so that it leaves the processors to the
servers.  It spreads its connections evenly over a second, like independent clients: if all were opened at once, the
chunks of all connections would be due at the same moment, ten times a second.
"""

from __future__ import annotations

import selectors
import socket
import sys
import time
from collections.abc import Sequence

from slowpoetry.address import parse_addresses

READ = 65536  # bytes
SPREAD = 1.0  # seconds from the first connection to the last


def read_all(addresses: Sequence[str]) -> None:
    """Connect to all in turn and read each to its end; OSError if one fails."""
    with selectors.DefaultSelector() as selector:
        started = time.monotonic()
        for number, address in enumerate(parse_addresses(addresses)):
            time.sleep(max(0.0, started + SPREAD * number / len(addresses) - time.monotonic()))
            selector.register(socket.create_connection((address.host, address.port)), selectors.EVENT_READ)
        left = len(addresses)
        while left:
            for key, _ in selector.select():
                connection = key.fileobj
                assert isinstance(connection, socket.socket)
                if not connection.recv(READ):
                    selector.unregister(connection)
                    connection.close()
                    left -= 1


if __name__ == "__main__":
    read_all(sys.argv[1:])
