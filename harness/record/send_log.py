"""A send log, read back: what the servers did in one cell, for each connection and each task.

A connection belongs to the task of its server.  If several tasks share a server, the order of its accepts decides,
which is a guess (`Scenario.shares_servers`).
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import msgspec

from harness.record.ndjson import Count, Seconds, Whole, bad, read_ndjson
from harness.spec.scenario import Scenario

ENDS = ("close", "reset", "hang-up")


class Act(msgspec.Struct, gc=False):
    """One line: what a server did.  `start`, `end` and `due` belong to a `send`."""

    act: str
    t: Seconds
    server: Count
    conn: Whole
    start: Whole | None = None
    end: Whole | None = None
    due: Seconds | None = None


@dataclass
class Connection:
    """One connection: times in monotonic seconds; `ends[i]` bytes had been sent at `times[i]`."""

    task: int | None  # None: there are more connections than tasks
    accepted: float
    ends: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    ended: float | None = None
    how: str | None = None  # close, reset or hang-up
    half_closed: float | None = None  # when the client closed its side
    fin: float | None = None  # when the server closed its own side
    server: int = 0  # counted from 1
    knocked: float | None = None  # when its first call was found, if the server did not answer that call

    @property
    def called(self) -> float:
        """When the client began to connect, as far as the servers can see."""
        return self.accepted if self.knocked is None else self.knocked

    @property
    def sent(self) -> int:
        """How many bytes were sent in all."""
        return self.ends[-1] if self.ends else 0

    @property
    def last(self) -> float:
        """When the last byte was sent; the accept if none was."""
        return self.times[-1] if self.times else self.accepted

    @property
    def silence_borne(self) -> float | None:
        """The longest silence, in seconds, before a client hung up by itself; None if it did not."""
        left = self.half_closed or (self.ended if self.how == "hang-up" else None)
        if left is None:
            return None
        times = [self.accepted, *(t for t in self.times if t < left), left]
        return max(after - before for before, after in pairwise(times))

    def left(self, since: float) -> float | None:
        """When a connection that was silent from `since` on was over.

        If a server goes on after a pause, the client's hang-up shows as the end of the client's side.  None if the
        client had closed its side before, because then the log does not show the hang-up.
        """
        if self.half_closed is None:
            return self.ended
        return self.half_closed if self.half_closed >= since else None

    def sent_by(self, t: float) -> int:
        """How many bytes had been sent at this time."""
        sends = bisect.bisect_right(self.times, t)
        return self.ends[sends - 1] if sends else 0

    def sent_at(self, end: int) -> float | None:
        """When the byte before `end` was sent; None if it was not sent, or if there is no such byte."""
        if end <= 0 or end > self.sent:
            return None
        return self.times[bisect.bisect_left(self.ends, end)]


@dataclass
class SendLog:
    """All connections in the order of their accepts, and how late the chunks were, in seconds.

    `knocks` holds, for each server, the times at which unanswered calls were found; `by_task` each task's connection.
    """

    connections: list[Connection] = field(default_factory=list)
    lateness: list[float] = field(default_factory=list)
    knocks: dict[int, list[float]] = field(default_factory=dict)

    def of_task(self, task: int) -> Connection | None:
        """The task's connection, if it was made; the last one, if the client called again after the server was away."""
        return self.by_task.get(task)

    def first(self, task: int | None) -> Connection | None:
        """The first of the task's connections."""
        return next((c for c in self.connections if c.task == task), None)

    def __post_init__(self) -> None:
        self.by_task = {c.task: c for c in self.connections if c.task is not None}


def read_send_log(path: Path, scenario: Scenario) -> SendLog:
    """Read the records; a line cut short by a crash is left out.  Unreadable names a line that contradicts the others.

    The result is consistent: on each connection the times never go back, and the bytes follow one another and end
    within the server's file.  Unknown acts are ignored; they are for human readers.
    """
    waiting: dict[int, list[int]] = {}  # server: its tasks without a connection
    for task, index in enumerate(scenario.tasks, 1):
        waiting.setdefault(index + 1, []).append(task)
    for tasks in waiting.values():
        tasks.reverse()
    sizes = [len(server.poem) + len(server.unsent) for server in scenario.servers]
    alone = {server: tasks[0] for server, tasks in waiting.items() if len(tasks) == 1}
    once_more = {server: task for server, task in alone.items() if scenario.server(task).away is not None}
    knocks: dict[int, list[float]] = {}
    connections: dict[tuple[int, int], Connection] = {}
    lateness: list[float] = []
    for line, told in enumerate(read_ndjson(path, Act), 1):
        act, t, server = told.act, told.t, told.server
        key = server, told.conn
        if server > len(sizes):
            raise bad(path, line, "server", server, f"a server from 1 to {len(sizes)}")
        if act == "knock":
            knocks.setdefault(server, []).append(t)
        elif act == "accept":
            if key in connections:
                raise bad(path, line, "conn", told.conn, "a new connection")
            tasks = waiting.get(server, [])
            own = tasks.pop() if tasks else once_more.get(server)
            connections[key] = Connection(own, t, server=server)
            if told.conn == 1 and server in knocks:
                connections[key].knocked = knocks[server][0]
        elif act in ("send", "half-close", "fin") or act in ENDS:
            connection = connections.get(key)
            if connection is None or connection.ended is not None:
                raise bad(path, line, "conn", told.conn, "an open connection")
            ends, times = connection.ends, connection.times
            if t < (times[-1] if times else connection.accepted):
                raise bad(path, line, "t", t, f"a time of {connection.last} s or later")
            if act == "send":
                sent, end = ends[-1] if ends else 0, told.end
                if told.start != sent:
                    raise bad(path, line, "start", told.start, f"{sent}, where the bytes before it ended")
                if end is None or not sent <= end <= sizes[server - 1]:
                    raise bad(path, line, "end", end, f"a whole number from {sent} to {sizes[server - 1]}")
                ends.append(end)
                times.append(t)
                if told.due is not None:
                    lateness.append(max(0.0, t - told.due))
            elif act == "half-close":
                connection.half_closed = t
            elif act == "fin":
                connection.fin = t
            else:
                connection.ended, connection.how = t, act
    return SendLog(sorted(connections.values(), key=lambda c: c.accepted), lateness, knocks)
