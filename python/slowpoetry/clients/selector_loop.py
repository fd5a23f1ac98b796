"""A plain loop around `select`, as every reactor and runtime has one inside (seed parts 20 and 21).

No read waits here. The only place to wait is `select`, for all connections at once. A coroutine or a thread keeps
its state between two reads in local variables; here the state is kept by hand in `Fetch`, and so are the times.
One call still blocks and holds up all tasks: the look-up of a name.
"""

import socket
import time
from selectors import EVENT_READ, DefaultSelector

from slowpoetry.address import Address
from slowpoetry.clients import READ_SIZE
from slowpoetry.clients.command_line import begin, end, print_poem, report
from slowpoetry.progress import failed_line, got_line


class Fetch:
    """One poem that is coming: its task, its address, its connection, and the bytes so far."""

    def __init__(self, task: int, address: Address, connection: socket.socket) -> None:
        self.task = task
        self.address = address
        self.connection = connection
        self._poem = bytearray()

    def read(self) -> bool | None:
        """Read once; return whether the poem came whole, or None while it is still coming."""
        try:
            data = self.connection.recv(READ_SIZE)
        except BlockingIOError:
            return None  # `select` only says that a read may succeed
        except OSError as error:
            report(failed_line(self.task, error, self.address))
            return False
        if data:
            report(got_line(self.task, len(data), self.address))
            self._poem += data
            return None
        print_poem(bytes(self._poem))
        return True


def connect(address: Address) -> socket.socket:
    """Return a socket whose connection is being made; raise OSError if it fails at once.

    If it fails later, the socket becomes readable, and its `recv` raises the reason.
    """
    connection = socket.socket()
    try:
        connection.setblocking(False)
        connection.connect(address)
    except BlockingIOError:
        pass  # the connection is being made
    except OSError:
        connection.close()
        raise
    return connection


def fetch_all(addresses: list[Address], timeout: float | None = None) -> list[bool]:
    """Fetch the poems together; return whether each came whole, in the order in which they ended."""
    outcomes = []
    # When each fetch last received something, the oldest first. All have the same time-out, so the first one is the
    # next to time out. At first it is the time at which the connection was begun.
    heard: dict[Fetch, float] = {}
    with DefaultSelector() as selector:

        def end(fetch: Fetch, whole: bool) -> None:
            selector.unregister(fetch.connection)
            fetch.connection.close()
            del heard[fetch]
            outcomes.append(whole)

        for task, address in enumerate(addresses, start=1):
            try:
                connection = connect(address)
            except OSError as error:
                report(failed_line(task, error, address))
                outcomes.append(False)
            else:
                fetch = Fetch(task, address, connection)
                selector.register(connection, EVENT_READ, fetch)
                heard[fetch] = time.monotonic()
        while heard:
            for ready, _ in selector.select(_left(heard, timeout)):
                fetch = ready.data
                whole = fetch.read()
                if whole is None:
                    del heard[fetch]
                    heard[fetch] = time.monotonic()
                else:
                    end(fetch, whole)
            while heard and _left(heard, timeout) == 0:
                fetch = next(iter(heard))
                report(failed_line(fetch.task, TimeoutError(), fetch.address))
                end(fetch, False)
    return outcomes


def _left(heard: dict[Fetch, float], timeout: float | None) -> float | None:
    """Return the seconds until the first fetch times out; None if there is no time-out."""
    return None if timeout is None else max(0.0, next(iter(heard.values())) + timeout - time.monotonic())


def main() -> None:
    """Run the loop until the last connection has ended."""
    end(fetch_all(*begin()))


if __name__ == "__main__":
    main()
