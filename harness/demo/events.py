"""The events of a demo, from live servers and clients or from the files of a recorded run.

Every event has the time `t` in monotonic seconds; clients are numbered from 0, tasks from 1.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Accepted:
    """A client's connection for a task was accepted by its server."""

    t: float
    client: int
    task: int


@dataclass(frozen=True)
class Sent:
    """A server sent bytes `start` to `end` of the task's poem to this client."""

    t: float
    client: int
    task: int
    start: int
    end: int


@dataclass(frozen=True)
class Closed:
    """The task's connection has ended: `how` is close, reset or hang-up."""

    t: float
    client: int
    task: int
    how: str


@dataclass(frozen=True)
class Printed:
    """A client wrote to its `stdout` or `stderr`."""

    t: float
    client: int
    stream: str
    data: bytes


@dataclass(frozen=True)
class Ended:
    """A client's process has ended, with `status` 0 or more or by `signal`; both are None if the lab stopped it."""

    t: float
    client: int
    status: int | None
    signal: int | None = None


@dataclass(frozen=True)
class Command:
    """The lecturer sent a command to all servers: its words, as `slowpoetry.server.conducted` knows them."""

    t: float
    words: tuple[str, ...]


Event = Accepted | Sent | Closed | Printed | Ended | Command


def of_record(record: dict[str, object], client: int, tasks: dict[int, int]) -> Event | None:
    """The event of a record of a send log, or None if it is not shown; `tasks` are by the number of their server."""
    t, task = float(str(record["t"])), tasks.get(int(str(record["server"])))
    if task is None:
        return None
    match record["act"]:
        case "accept":
            return Accepted(t, client, task)
        case "send":
            return Sent(t, client, task, int(str(record["start"])), int(str(record["end"])))
        case "close" | "reset" | "hang-up" as how:
            return Closed(t, client, task, how)
    return None
