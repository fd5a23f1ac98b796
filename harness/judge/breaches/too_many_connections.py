"""A client that floods the servers with connections."""

from __future__ import annotations

from collections import Counter

from harness.judge.breaches.breach import Axes, Breach
from harness.record.evidence import Evidence

MOST_CONNECTIONS = 10  # for each task: a client may retry, but more than this is not retrying


def _find(evidence: Evidence, axes: Axes) -> str | None:
    tasks = Counter(index + 1 for index in evidence.scenario.tasks)
    for server, connections in Counter(c.server for c in evidence.log.connections).items():
        if connections > MOST_CONNECTIONS * tasks[server]:
            address = f"an address that was given {tasks[server]} times" if tasks[server] > 1 else "one address"
            return f"it connected {connections} times to {address}"
    return None


TOO_MANY_CONNECTIONS = Breach(
    "too-many-connections",
    _find,
    lambda _: "Connect once to each address. To wait for more bytes, read again on the same connection.",
    lead=lambda _: "You connected far more often than there are addresses.",
    own_doing=True,  # so many connections make any server late
)
