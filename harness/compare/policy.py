"""What a run does for a client whose first cells go wrong: which others it leaves out, and which it lets wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.backend import Unready


class Policy:
    """The policy of an ordinary run: every cell runs as soon as a worker is free.

    `cells` are the records of one client's cells that are done; see run.json.
    """

    first: Sequence[str] = ()  # scenarios that come before longer ones

    def hopeless(self, cells: Sequence[dict[str, Any]]) -> Unready | None:
        """Why nothing more is run of the client; None if something is."""
        return None

    def needless(self, scenario: str, cells: Sequence[dict[str, Any]]) -> Unready | None:
        """Why the client is not run in this scenario; None if it is."""
        return None

    def hold(self, cells: Sequence[dict[str, Any]]) -> bool:
        """Whether nothing more of the client begins until one of its cells that run has ended."""
        return False

    def postpone(self, cells: Sequence[dict[str, Any]]) -> bool:
        """Whether the client's other cells wait until no cell runs beside them."""
        return False
