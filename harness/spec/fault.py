"""Faults of a server: each keeps a poem from being complete, and has one entry here with its words and its nature."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault.

    `failure` holds the words of the client's failure line (docs/client-contract.md); `happened` says in a sentence
    what the server did.  A fault that `cuts` comes in mid-poem, so that the client may have printed the first part.
    Only the client's patience ends a fault that is `endless`.
    """

    failure: str
    happened: str
    cuts: bool = False
    endless: bool = False


FAULTS = {
    "refused": Fault("connection refused", "refused the connection"),
    "unanswered": Fault("timed out", "did not answer", endless=True),
    "reset": Fault("connection reset", "was reset", cuts=True),
    "stall": Fault("timed out", "stalled", cuts=True, endless=True),
    "pause": Fault("timed out", "paused", cuts=True),
}
ENDLESS = tuple(name for name, fault in FAULTS.items() if fault.endless)
CUT = tuple(name for name, fault in FAULTS.items() if fault.cuts)
