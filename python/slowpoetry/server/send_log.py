"""The send log: what the servers did, one record an act, stamped with the monotonic clock in seconds.

Records: ``accept``, ``send`` (bytes `start` to `end` taken by the kernel; `due` where this begins a chunk that
found the way free, and was not conducted), ``half-close`` (the client ended its side), ``fin`` (the server ended its
own), ``close`` (the server ended the connection), ``reset`` (the server reset it), ``hang-up`` (the client broke it).
Of no connection: ``knock`` (a call that is not answered), ``open`` (from now on they are), ``down`` and ``up``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import IO, Protocol


class SendLog(Protocol):
    """Takes one record: the time, the act, the server's and the connection's number, and details."""

    def record(self, t: float, act: str, server: int, conn: int, **details: object) -> None: ...


class NdjsonLog:
    """For the lab: one JSON object a line, flushed line by line where it is read `live`.

    What cannot be written stops no server in mid-poem: `failed` is the first error, and the log is then worth nothing.
    """

    def __init__(self, stream: IO[str], *, live: bool = False) -> None:
        self._stream = stream
        self._live = live
        self.failed: OSError | None = None

    def record(self, t: float, act: str, server: int, conn: int, **details: object) -> None:
        """Append the record; times are rounded to the microsecond."""
        entry = {"t": round(t, 6), "act": act, "server": server, "conn": conn, **details}
        self.write(json.dumps(entry, separators=(",", ":")))

    def write(self, line: str) -> None:
        """Append the line."""
        try:
            self._stream.write(line + "\n")
        except OSError as error:
            self.failed = self.failed or error
        if self._live:
            self.flush()

    def flush(self) -> None:
        """Have on disk what was recorded so far."""
        try:
            self._stream.flush()
        except OSError as error:
            self.failed = self.failed or error

    def close(self) -> None:
        """Have all of it on disk; OSError where any of it is not there."""
        self.flush()
        try:
            self._stream.close()
        except OSError as error:
            self.failed = self.failed or error
        if self.failed:
            raise self.failed


class ToldLog(NdjsonLog):
    """For the lab's demo: written line by line, and each line told as well."""

    def __init__(self, stream: IO[str], tell: Callable[[str], object]) -> None:
        super().__init__(stream, live=True)
        self._tell = tell

    def write(self, line: str) -> None:
        """Write it, then tell it."""
        super().write(line)
        self._tell(line)


class PlainLog:
    """For a person: one short line an act, in seconds since the log began."""

    def __init__(self, stream: IO[str], started: float) -> None:
        self._stream = stream
        self._started = started

    def record(self, t: float, act: str, server: int, conn: int, **details: object) -> None:
        """Write and flush the line."""
        match act:
            case "accept":
                text = f"accepted, from {details['peer']}"
            case "send":
                text = f"sent bytes {details['start']} to {details['end']}"
            case _:
                text = act
        self._stream.write(f"{t - self._started:9.3f} s  server {server}  connection {conn}: {text}\n")
        self._stream.flush()
