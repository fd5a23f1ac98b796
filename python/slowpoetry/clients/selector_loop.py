"""A plain loop around `select`, as every reactor and runtime has one inside (seed parts 20 and 21).

No read waits here. The only place to wait is `select`, for all connections at once. A coroutine or a thread keeps
its state between two reads in local variables; here the state is kept by hand in `Fetch`, and so are the times.
One call still blocks and holds up all tasks: the look-up of a name.
"""

import os
import socket
import time
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector

from slowpoetry.address import Address
from slowpoetry.clients import READ_SIZE
from slowpoetry.clients.command_line import begin, end, print_poem, report
from slowpoetry.progress import failed_line, got_line


class Fetch:
    """One poem that is coming: its task, its address, its connection, and the bytes so far."""

    def __init__(self, task: int, address: Address, connection: socket.socket | None = None) -> None:
        """Begin to connect, if no connection is given; raise OSError if that fails at once."""
        self.task = task
        self.address = address
        self._poem = bytearray()
        self._places = iter([] if connection else socket.getaddrinfo(*address, type=socket.SOCK_STREAM))
        self.connection = connection or self.connect(OSError("the name has no address"))

    def connect(self, problem: OSError) -> socket.socket:
        """Return a socket whose connection to the next of the host's addresses is being made.

        It becomes writable when the connection is made or has failed; its option SO_ERROR says which. If no address is
        left, raise the `problem` of the last one.
        """
        for *kind, _, place in self._places:
            try:
                connection = socket.socket(*kind)
            except OSError as error:
                problem = error
                continue
            connection.setblocking(False)
            try:
                connection.connect(place)
            except BlockingIOError:
                pass  # the connection is being made
            except OSError as error:
                connection.close()
                problem = error
                continue
            return connection
        raise problem

    def read(self) -> bool | None:
        """Read once; return True if the poem has come whole, or None while it is still coming."""
        try:
            data = self.connection.recv(READ_SIZE)
        except BlockingIOError:
            return None  # `select` only says that a read may succeed
        if data:
            report(got_line(self.task, len(data), self.address))
            self._poem += data
            return None
        print_poem(bytes(self._poem))
        return True


def fetch_all(addresses: list[Address], timeout: float | None = None) -> list[bool]:
    """Fetch the poems together; return whether each came whole, in the order in which they ended."""
    outcomes = []
    # When each fetch last received something, the oldest first. All have the same time-out, so the first one is the
    # next to time out. At first it is the time at which it began to connect.
    heard: dict[Fetch, float] = {}
    with DefaultSelector() as selector:

        def go_on(fetch: Fetch, event: int) -> bool | None:
            """Do what the fetch has been waiting for; return what `read` returns."""
            if event == EVENT_READ:
                return fetch.read()
            if problem := fetch.connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                connection = fetch.connect(OSError(problem, os.strerror(problem)))
                selector.unregister(fetch.connection)
                fetch.connection.close()
                fetch.connection = connection
                selector.register(connection, EVENT_WRITE, fetch)
            else:
                selector.modify(fetch.connection, EVENT_READ, fetch)
            return None

        def end(fetch: Fetch, whole: bool) -> None:
            selector.unregister(fetch.connection)
            fetch.connection.close()
            del heard[fetch]
            outcomes.append(whole)

        for task, address in enumerate(addresses, start=1):
            try:
                fetch = Fetch(task, address)
            except OSError as error:
                report(failed_line(task, error, address))
                outcomes.append(False)
            else:
                selector.register(fetch.connection, EVENT_WRITE, fetch)
                heard[fetch] = time.monotonic()
        while heard:
            for ready, _ in selector.select(_left(heard, timeout)):
                fetch = ready.data
                try:
                    whole = go_on(fetch, ready.events)
                except OSError as error:
                    report(failed_line(fetch.task, error, fetch.address))
                    whole = False
                if whole is not None:
                    end(fetch, whole)
                elif ready.events == EVENT_READ:
                    del heard[fetch]
                    heard[fetch] = time.monotonic()
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
