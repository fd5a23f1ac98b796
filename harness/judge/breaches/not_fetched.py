"""A client that prints a poem which no server has sent it."""

from __future__ import annotations

from harness.judge.breaches.breach import Axes, Breach, named
from harness.record.evidence import Evidence


def _find(evidence: Evidence, axes: Axes) -> str | None:
    if axes["bytes"] != ["exact"]:
        return None
    servers = evidence.scenario.servers
    # Of any connection: a client may call again, and which of several tasks of one address a call is for is a guess.
    sent = {c.server for c in evidence.log.connections if c.sent >= len(servers[c.server - 1].poem)}
    unsent = [task for task in evidence.good if evidence.scenario.tasks[task - 1] + 1 not in sent]
    return f"it printed {named('poem', unsent)}, which the servers had not sent whole" if unsent else None


NOT_FETCHED = Breach(
    "not-fetched",
    _find,
    lambda _: "Connect to each address, read until the server closes the connection, and print what you have read.",
    lead=lambda _: "You printed a poem that you have not read from its address.",
)
