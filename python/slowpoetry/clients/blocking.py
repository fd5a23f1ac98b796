"""The baseline: plain blocking sockets, one address after another.

While this client waits for one poem it can do nothing else. It connects to the next address only when the
poem before has ended, so its time is the sum of the times of all servers.
"""

import socket
import time

from slowpoetry.address import Address
from slowpoetry.clients import READ_SIZE
from slowpoetry.clients.command_line import begin, end, print_poem, report
from slowpoetry.progress import failed_line, got_line


def connect(address: Address, timeout: float | None = None) -> socket.socket:
    """Return a connection to the first of the host's addresses that accepts one; they are tried in order.

    Raise the OSError of the last one if none accepts, and TimeoutError if all together take longer than `timeout`.
    """
    began = time.monotonic()
    problem = OSError("the name has no address")
    for *_, (host, port, *_) in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
        left = None if timeout is None else max(0.001, began + timeout - time.monotonic())
        try:
            return socket.create_connection((str(host), int(port)), left)
        except OSError as error:
            problem = error
    raise problem


def get_poem(task: int, address: Address, timeout: float | None = None) -> bytes:
    """Return the whole poem and report each read; raise OSError if the poem cannot be fetched.

    Raise TimeoutError if the connection or the next read takes longer than `timeout` seconds.
    """
    poem = bytearray()
    with connect(address, timeout) as connection:
        connection.settimeout(timeout)
        while data := connection.recv(READ_SIZE):
            report(got_line(task, len(data), address))
            poem += data
    return bytes(poem)


def fetch(task: int, address: Address, timeout: float | None = None) -> bool:
    """Print one poem, or report why not; return whether it came whole."""
    try:
        poem = get_poem(task, address, timeout)
    except OSError as error:
        report(failed_line(task, error, address))
        return False
    print_poem(poem)
    return True


def main() -> None:
    """Fetch the poems one after another."""
    addresses, timeout = begin()
    end([fetch(task, address, timeout) for task, address in enumerate(addresses, start=1)])


if __name__ == "__main__":
    main()
