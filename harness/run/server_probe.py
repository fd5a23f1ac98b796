"""The lab's own reader: one connection to every server of a scenario, with all that it received written down.

Its evidence is `received.ndjson` and the bytes in `received-SERVER`.  The lines of `received.ndjson` are pieces
``{"server", "t", "start", "end"}``, one ``{"server", "began", "connected", "t", "how"}`` for each server, and
``{"server", "refused", "back"}`` for a server that should come back.
"""

from __future__ import annotations

import contextlib
import errno
import json
import selectors
import socket
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.spec.scenario import Scenario

READ_SIZE = 1 << 16
LISTEN = 0.5  # seconds: how long the probe checks that a silent server sends nothing
LOOK = 0.02  # seconds between two looks at the send log, or between two calls
ENDS = ("close", "reset", "hang-up")
RECORD, SEND_LOG = "received.ndjson", "send-log.ndjson"


@dataclass
class _Reader:
    """One connection that is read to its end; `leave` is when the probe hangs up, if the client must do so."""

    server: int
    kind: str  # how its schedule ends
    connection: socket.socket
    began: float
    raw: Any
    address: tuple[str, int]
    full: bool  # the server should answer no call
    away: bool  # the server should die and come back
    connected: float | None = None
    size: int = 0
    leave: float | None = None
    hung_up: bool = False
    ended: bool = False


def probe(scenario: Scenario, iface: str, ports: Sequence[int], folder: Path, seconds: float) -> None:
    """Connect to all ports at once and read each to its end, or until so many seconds are over.

    In the middle of every silence the probe ends its own side: a stalled server must then end the connection, and a
    pausing server must record it and go on.  If a server has closed its own side, the probe sends a byte, which only a
    living server accepts, hangs up, and waits until the send log records the hang-up.  After a server has died, the
    probe calls it again at once, when it must refuse, and repeats the call until it is answered.
    """
    with contextlib.ExitStack() as stack:
        record = stack.enter_context((folder / RECORD).open("w", encoding="utf-8"))
        selector = stack.enter_context(selectors.DefaultSelector())
        began = time.monotonic()
        deadline = began + seconds
        readers = []
        for number, (server, port) in enumerate(zip(scenario.servers, ports, strict=True), 1):
            connection = stack.enter_context(socket.socket())
            connection.setblocking(False)
            raw = stack.enter_context((folder / f"received-{number}").open("wb"))
            kind = server.schedule[-1].kind if server.schedule else "none"
            away = server.away is not None
            reader = _Reader(number, kind, connection, time.monotonic(), raw, (iface, port), server.full, away)
            silence = server.silence(scenario.patience)
            if silence and scenario.patience:
                reader.leave = began + silence.at + min(LISTEN, scenario.patience / 2)
            connection.connect_ex((iface, port))
            selector.register(connection, selectors.EVENT_WRITE, reader)
            readers.append(reader)
        _Probe(selector, readers, lambda entry: record.write(entry + "\n")).until(deadline)
    awaited: dict[int, Collection[str]] = {reader.server: ENDS for reader in readers if reader.kind == "fin"}
    awaited |= {reader.server: ("knock",) for reader in readers if reader.full}
    _await_records(folder / SEND_LOG, awaited, deadline)


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
            reader.raw.write(data)
            start, reader.size = reader.size, reader.size + len(data)
            self._note(server=reader.server, t=time.monotonic(), start=start, end=reader.size)
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


def _await_records(log: Path, awaited: Mapping[int, Collection[str]], deadline: float) -> None:
    """Wait until the log has one of the awaited acts for each server, or until the deadline."""
    missing = dict(awaited)
    while missing and time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            text = log.read_text("utf-8")
            for line in text[: text.rfind("\n") + 1].splitlines():
                entry = json.loads(line)
                if entry["act"] in missing.get(entry["server"], ()):
                    del missing[entry["server"]]
        if missing:
            time.sleep(LOOK)
