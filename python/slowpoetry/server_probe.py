"""The lab's own reader of servers, a program that runs in their pod: one connection to every server of a scenario.

``python3 -m slowpoetry.server_probe SECONDS SERVER ...`` reads each server to its end, or until so many seconds are
over.  A SERVER is a JSON object: its address ``at`` (``HOST:PORT``), how its schedule ``ends``, whether its accept
queue is ``full``, whether it goes ``away`` and comes back, and when to ``leave``: the seconds after which the probe
ends its own side (null: it does not).

It prints one JSON object a line: a piece of a poem as ``{"server", "t", "start", "end", "bytes"}`` (in base64), the end
of a connection as ``{"server", "began", "connected", "t", "how"}``, and for a server that should come back
``{"server", "refused", "back"}``.  Times are seconds of the monotonic clock.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import json
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from slowpoetry.address import is_ipv6, parse_addresses

READ_SIZE = 1 << 16
LISTEN = 0.5  # seconds: how long the probe checks that a silent server sends nothing
LOOK = 0.02  # seconds between two calls


@dataclass
class _Reader:
    """One connection that is read to its end; `leave` is when the probe hangs up, if the client must do so."""

    server: int
    kind: str  # how its schedule ends
    connection: socket.socket
    began: float
    address: tuple[str, int]
    full: bool  # the server should answer no call
    away: bool  # the server should die and come back
    connected: float | None = None
    size: int = 0
    leave: float | None = None
    hung_up: bool = False
    ended: bool = False


def main(arguments: Sequence[str]) -> None:
    """Connect to all servers at once and read each to its end, or until the deadline.

    In the middle of every silence the probe ends its own side: a stalled server must then end the connection, and a
    pausing server must record it and go on.  If a server has closed its own side, the probe sends a byte, which only a
    living server accepts, and hangs up.  After a server has died, the probe calls it again at once, when it must
    refuse, and repeats the call until it is answered.
    """
    seconds, *servers = map(json.loads, arguments)
    with contextlib.ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        began = time.monotonic()
        readers = []
        for number, server in enumerate(servers, 1):
            [address] = parse_addresses([server["at"]])
            connection = stack.enter_context(
                socket.socket(socket.AF_INET6 if is_ipv6(address.host) else socket.AF_INET)
            )
            connection.setblocking(False)
            kind, full, away = server["ends"], server["full"], server["away"]
            reader = _Reader(number, kind, connection, time.monotonic(), address, full, away)
            if server["leave"] is not None:
                reader.leave = began + server["leave"]
            connection.connect_ex(address)
            selector.register(connection, selectors.EVENT_WRITE, reader)
            readers.append(reader)
        _Probe(selector, readers, lambda entry: print(entry, flush=True)).until(began + seconds)


class _Probe:
    """The loop over all readers: it waits for their sockets and for their times."""

    def __init__(
        self, selector: selectors.BaseSelector, readers: Sequence[_Reader], write: Callable[[str], object]
    ) -> None:
        self._selector = selector
        self._readers = readers
        self._write = write
        self._callers: list[threading.Thread] = []
        self._deadline = 0.0

    def until(self, deadline: float) -> None:
        """Read until all have ended, or until the deadline."""
        self._deadline = deadline
        while (open_ := [r for r in self._readers if not r.ended]) and (now := time.monotonic()) < deadline:
            turns = [r.leave for r in open_ if r.leave is not None and not r.hung_up]
            for key, _ in self._selector.select(max(0.0, min([deadline, *turns]) - now)):
                self._go_on(key.data)
            for reader in open_:
                if reader.leave is not None and reader.leave <= time.monotonic() and not reader.hung_up:
                    self._hang_up(reader)
        for reader in self._readers:
            if not reader.ended:
                self._end(reader, "silent")
        for thread in self._callers:
            thread.join()

    def _note(self, **entry: object) -> None:
        self._write(json.dumps(entry, separators=(",", ":")))

    def _end(self, reader: _Reader, how: str) -> None:
        if reader.connection in self._selector.get_map():
            self._selector.unregister(reader.connection)
        reader.ended = True
        self._note(server=reader.server, began=reader.began, connected=reader.connected, t=time.monotonic(), how=how)

    def _go_on(self, reader: _Reader) -> None:
        """Handle an event of the reader's socket."""
        if reader.ended:
            return
        if reader.connected is None:
            error = reader.connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                self._end(reader, "refused" if error == errno.ECONNREFUSED else "reset")
                return
            reader.connected = time.monotonic()
            self._selector.modify(reader.connection, selectors.EVENT_READ, reader)
            return
        try:
            data = reader.connection.recv(READ_SIZE)
        except ConnectionResetError:
            self._end(reader, "hang-up" if reader.hung_up and reader.kind == "stall" else "reset")
            if reader.away:
                self._await_return(reader)
            return
        if data:
            now, start, reader.size = time.monotonic(), reader.size, reader.size + len(data)
            text = base64.b64encode(data).decode()
            self._note(server=reader.server, t=now, start=start, end=reader.size, bytes=text)
        elif reader.kind == "fin":
            # From now on the socket always reads as ended; only the answer to a byte shows whether the server lives.
            self._selector.unregister(reader.connection)
            with contextlib.suppress(OSError):
                reader.connection.send(b"?")
            reader.leave = time.monotonic() + LISTEN
        else:
            self._end(reader, "hang-up" if reader.hung_up and reader.kind == "stall" else "end")

    def _await_return(self, reader: _Reader) -> None:
        def call() -> None:
            refused, back = _call_again(reader.address, self._deadline)
            self._note(server=reader.server, refused=refused, back=back)

        # In its own thread, so that the other readers go on.
        self._callers.append(threading.Thread(target=call))
        self._callers[-1].start()

    def _hang_up(self, reader: _Reader) -> None:
        """End the probe's side of the connection."""
        if reader.connected is None:
            reader.leave = time.monotonic() + LISTEN
            if reader.full:
                self._end(reader, "unanswered")
            return
        reader.hung_up = True
        if reader.kind == "fin":
            broken = reader.connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            self._end(reader, "end" if broken else "fin")
        with contextlib.suppress(OSError):
            reader.connection.shutdown(socket.SHUT_WR)


def _call_again(address: tuple[str, int], deadline: float) -> tuple[bool, float | None]:
    """Whether a server that has just died refuses a call, and when it first answers again; None: it never does."""
    refuses = False
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(address, timeout=1.0):
                return refuses, time.monotonic()
        except OSError as error:  # no answer at all is not a refusal
            refuses = refuses or isinstance(error, ConnectionRefusedError)
        time.sleep(LOOK)
    return refuses, None


if __name__ == "__main__":
    main(sys.argv[1:])
