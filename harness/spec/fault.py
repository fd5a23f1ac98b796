"""Faults of a server: each keeps a poem from being complete, and is known to the lab by this one entry."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault.

    `failure` holds the words of the client's failure line (docs/client-contract.md); `happened` says in a sentence
    what the server did.  If it `cuts`, it comes in mid-poem, so that a part of the poem may have been printed.  If it
    is `endless`, only the client's timeout ends it.
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
