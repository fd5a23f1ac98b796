"""The send log: what the servers did, one record for each act, stamped with the monotonic clock in seconds.

Records of a connection: ``accept``; ``send`` (the kernel took bytes `start` to `end`; it has `due` if this begins a
chunk that was written at once and not conducted); ``half-close`` (the client ended its side); ``fin`` (the server ended
its side); ``close`` (the server ended the connection); ``reset`` (the server reset it); ``hang-up`` (the client ended
it).  Records of a server: ``knock`` (a SYN got no answer); ``open`` (from now on they do); ``down``; ``up``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import IO, Protocol


class SendLog(Protocol):
    """Takes records: the time, the act, the numbers of server and connection, of an accept also the client's address.

    A `send` is a method of its own, because there are so many: bytes `start` to `end`, and when they were due.
    """

    def record(self, t: float, act: str, server: int, conn: int, peer: str | None = None) -> None: ...

    def record_send(self, t: float, server: int, conn: int, start: int, end: int, due: float | None) -> None: ...


class NdjsonLog:
    """The send log for the lab: one JSON object per line, flushed line by line if it is read `live`.

    An error while writing does not stop the servers.  `failed` is the first error; the log is then useless.
    """

    def __init__(self, stream: IO[str], *, live: bool = False) -> None:
        self._stream = stream
        self._live = live
        self.failed: OSError | None = None

    # By hand, because json.dumps takes as long as the sending of a chunk.

    def record(self, t: float, act: str, server: int, conn: int, peer: str | None = None) -> None:
        """Append the record; times are rounded to the microsecond."""
        more = "" if peer is None else f',"peer":{json.dumps(peer)}'
        self.write(f'{{"t":{t:.6f},"act":"{act}","server":{server},"conn":{conn}{more}}}')

    def record_send(self, t: float, server: int, conn: int, start: int, end: int, due: float | None) -> None:
        """Append the record of a `send`."""
        more = "" if due is None else f',"due":{due:.6f}'
        self.write(f'{{"t":{t:.6f},"act":"send","server":{server},"conn":{conn},"start":{start},"end":{end}{more}}}')

    def write(self, line: str) -> None:
        """Append the line."""
        try:
            self._stream.write(line + "\n")
        except OSError as error:
            self.failed = self.failed or error
        if self._live:
            self.flush()

    def flush(self) -> None:
        """Write everything recorded so far to disk."""
        try:
            self._stream.flush()
        except OSError as error:
            self.failed = self.failed or error

    def close(self) -> None:
        """Write everything to disk and close the file; OSError if any record could not be written."""
        self.flush()
        try:
            self._stream.close()
        except OSError as error:
            self.failed = self.failed or error
        if self.failed:
            raise self.failed


class ReportedLog(NdjsonLog):
    """The send log for the lab's demo: `report` is called with each line after it has been written."""

    def __init__(self, stream: IO[str], report: Callable[[str], object]) -> None:
        super().__init__(stream, live=True)
        self._report = report

    def write(self, line: str) -> None:
        """Write and report the line."""
        super().write(line)
        self._report(line)


class PlainLog:
    """The send log for a person: one short line per act, with seconds since the log began."""

    def __init__(self, stream: IO[str], started: float) -> None:
        self._stream = stream
        self._started = started

    def record(self, t: float, act: str, server: int, conn: int, peer: str | None = None) -> None:
        """Write and flush the line."""
        text = act if peer is None else f"accepted, from {peer}"
        self._stream.write(f"{t - self._started:9.3f} s  server {server}  connection {conn}: {text}\n")
        self._stream.flush()

    def record_send(self, t: float, server: int, conn: int, start: int, end: int, due: float | None) -> None:
        """Write and flush the line of a `send`."""
        self.record(t, f"sent bytes {start} to {end}", server, conn)
