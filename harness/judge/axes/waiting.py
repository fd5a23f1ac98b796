"""How a client waits: its connections and the poems that it reads, as the servers' send log shows them."""

from __future__ import annotations

from harness.judge.axes.axis import STILL, TIE, Axis, Values
from harness.record.evidence import Evidence
from harness.record.send_log import Connection

CONNECTS: Values = ("together", "in-turn")
READS: Values = ("all-at-once", "one-at-a-time")
HOLDS = 40_000_000  # bytes: more than the socket buffers of both ends hold when Linux has let them grow to their limit


def connects(evidence: Evidence) -> Values:
    """`together`: all were opened before the first one ended; `in-turn`: never two open at once; else `partly`."""
    connections = evidence.log.connections
    tasks = range(1, len(evidence.scenario.tasks) + 1)
    expected = [task for task in tasks if evidence.scenario.server(task).name is not None]
    if evidence.scenario.comes_and_goes:  # retries are not part of the character there
        called = {c.task for c in connections}
        expected = [task for task in expected if task in called]
        connections = [c for c in connections if evidence.log.first(c.task) is c]
    if len(expected) < 2 or len(connections) < 2:
        return CONNECTS
    calls = [c.called for c in connections]
    # Without the time in which it got no processor, such a client may have made all calls at the same moment.
    held_up = bool(evidence.slack) and max(calls) - min(calls) <= evidence.slack
    first_end = min((c.ended for c in connections if c.ended is not None), default=float("inf"))
    together = len(connections) == len(expected) and (held_up or max(calls) < first_end)
    if max_open(evidence) == 1:
        return CONNECTS if held_up and together else ("in-turn",)
    return ("together",) if together else ("partly",)  # to wait opens no connection before another one ends


def max_open(evidence: Evidence) -> int:
    """The largest number of connections that were open at the same time, from the send log."""
    changes = [(c.called, 1) for c in evidence.log.connections]
    changes += [(_closed(evidence, c), -1) for c in evidence.log.connections if c.ended is not None]
    opened = most = 0
    for _, change in sorted(changes):
        opened += change
        most = max(most, opened)
    return most


def _closed(evidence: Evidence, connection: Connection) -> float:
    """When a connection was over.  If the client closed it, that was a little before the server could see it."""
    since = evidence.silent.get(connection.task or 0)
    ended = (None if since is None else connection.left(since)) or connection.ended or 0.0
    return max(ended - TIE, (connection.accepted + ended) / 2) if connection.how == "hang-up" else ended


def reads(evidence: Evidence) -> Values:
    """Whether a poem larger than socket buffers goes on while another is unfinished: `all-at-once`, `one-at-a-time`."""
    floods = [task for task in evidence.good if len(evidence.scenario.server(task).poem) > HOLDS]
    slow = [done for task in evidence.good if task not in floods and (done := evidence.done(task)) is not None]
    if not floods or not slow:
        return ()
    until = max(slow)
    connections = [c for task in floods if (c := evidence.log.of_task(task)) is not None]
    if any(c.sent_by(until) > HOLDS for c in connections):
        return ("all-at-once",)
    went_on = any(until - STILL - evidence.slack < t <= until for c in connections for t in c.times)
    return READS if went_on else ("one-at-a-time",)


WAITING = (
    Axis(
        "connects",
        connects,
        {
            "together": "connects to all addresses at once",
            "in-turn": "connects to one address after another",
            "partly": "connects to some addresses at once",
        },
        trait=True,
    ),
    Axis(
        "reads",
        reads,
        {
            "all-at-once": "reads all poems at once",
            "one-at-a-time": "reads one poem at a time, while the others wait in socket buffers",
        },
        trait=True,
        at_ease=True,
    ),
)
