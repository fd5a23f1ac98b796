"""How much the servers have sent, while they send: what signals to a client wait for."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path


class SentBytes:
    """How many bytes the servers have sent so far in all, by a send log that is being written.

    A log that is not there yet tells of none, and so does a line that is no record: its reader refuses it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._rest = b""
        self._sent = 0

    def __call__(self) -> int:
        """Read on from where it had come; servers let no record wait for longer than 50 ms."""
        try:
            with self._path.open("rb") as log:
                log.seek(self._read)
                new = log.read()
        except FileNotFoundError:
            return 0
        self._read += len(new)
        *lines, self._rest = (self._rest + new).split(b"\n")
        for line in lines:
            with contextlib.suppress(ValueError, TypeError, KeyError):
                entry = json.loads(line)
                if entry["act"] == "send":
                    self._sent += entry["end"] - entry["start"]
        return self._sent
