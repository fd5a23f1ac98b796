"""The client of the path probe of `./lab doctor`: it shows what the path from a server changes in a TCP connection.

``python3 -m slowpoetry.path_probe HOST:PORT HOST:PORT HOST:PORT`` reads from three servers: one sends chunks, one
resets, and one still sends after this client has ended its own side.  It prints one JSON object:
``{"reads": [sizes], "reset": true or false, "after_half_close": bytes}``.
"""

from __future__ import annotations

import json
import socket
import sys

from slowpoetry.address import parse_addresses

SECONDS = 20.0  # for one read; the servers need less than one second


def _connect(text: str) -> socket.socket:
    [address] = parse_addresses([text])
    return socket.create_connection(address, SECONDS)


def _reads(connection: socket.socket) -> list[int]:
    sizes = []
    while data := connection.recv(65536):
        sizes.append(len(data))
    return sizes


def _is_reset(address: str) -> bool:
    try:
        with _connect(address) as connection:  # on a busy machine the reset may come before this returns
            _reads(connection)
    except ConnectionResetError:
        return True
    return False


def main(addresses: list[str]) -> None:
    """Probe the three servers, one after another."""
    chunks, reset, half_close = addresses
    with _connect(chunks) as connection:
        reads = _reads(connection)
    was_reset = _is_reset(reset)
    with _connect(half_close) as connection:
        connection.shutdown(socket.SHUT_WR)
        after = sum(_reads(connection))
    print(json.dumps({"reads": reads, "reset": was_reset, "after_half_close": after}))


if __name__ == "__main__":
    main(sys.argv[1:])
