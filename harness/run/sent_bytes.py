"""How much the servers have sent, counted while they send: the signal to a client waits for a number of bytes."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path


class SentBytes:
    """How many bytes the servers have sent so far in all, read from a send log that is still being written.

    A log that does not exist yet counts as 0.  An invalid line is skipped, because the reader of the send log reports
    it later.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._rest = b""
        self._sent = 0

    def __call__(self) -> int:
        """Read on from the last position; servers write each record within 50 ms."""
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
