"""A bare loop around `select`, as there is one inside every reactor and runtime (seed parts 20 and 21).

No read waits here; the only place to wait is `select`, for all connections at once. What a coroutine or a
thread keeps in local variables between two reads has to be kept by hand, in `Fetch`, and so has the time. One
thing still blocks, and holds up all the others: looking up a name.
"""

import socket
import time
from selectors import EVENT_READ, DefaultSelector

from slowpoetry.address import Address
from slowpoetry.clients import READ_SIZE
from slowpoetry.clients.command_line import begin, end, print_poem, report
from slowpoetry.progress import failed_line, got_line


class Fetch:
    """One poem on its way: its task, its address, its connection, and what has come of it so far."""

    def __init__(self, task: int, address: Address, connection: socket.socket) -> None:
        self.task = task
        self.address = address
        self.connection = connection
        self._poem = bytearray()

    def read(self) -> bool | None:
        """Take what has come; return whether the poem came whole, or None while it is still coming."""
        try:
            data = self.connection.recv(READ_SIZE)
        except BlockingIOError:
            return None  # `select` promises only that it is worth trying
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
    """Return a socket that is being connected; raise OSError if that fails at once.

    One that fails later becomes readable, too: its `recv` raises the reason.
    """
    connection = socket.socket()
    try:
        connection.setblocking(False)
        connection.connect(address)
    except BlockingIOError:
        pass  # on its way
    except OSError:
        connection.close()
        raise
    return connection


def fetch_all(addresses: list[Address], timeout: float | None = None) -> list[bool]:
    """Fetch the poems together; return whether each came whole, in the order in which they ended."""
    outcomes = []
    # When each was heard of last, the longest ago first: they share one time-out, so that is the next to be given up.
    # Making the connection counts as its first silence.
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
    """Return the seconds until the first is to be given up; None: there is no time-out."""
    return None if timeout is None else max(0.0, next(iter(heard.values())) + timeout - time.monotonic())


def main() -> None:
    """Run the loop until the last connection has ended."""
    end(fetch_all(*begin()))


if __name__ == "__main__":
    main()
