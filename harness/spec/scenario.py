"""A scenario: poems, their schedules and faults, with every time and byte decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.spec import conditions
from harness.spec.conditions import USUAL, Conditions
from harness.spec.fault import ENDLESS
from slowpoetry.schedule import WHOLE, Schedule, check_schedule, duration
from slowpoetry.server.playbill import Part, Playbill


@dataclass(frozen=True)
class Silence:
    """A server falls silent `at` seconds after the accept, when it has sent so many bytes."""

    at: float
    sent: int


@dataclass(frozen=True)
class Server:
    """One server: its poem (name and bytes) and schedule, or None for all where it is down, or `full` for ever.

    One that `opens` answers no call before so many seconds after the first; one that is `away` is down between two
    times, in seconds from the first accept of all.
    `unsent` is what follows the poem in the server's file where it closes too early: what came is the poem then, for
    TCP cannot tell.
    """

    name: str | None = None
    poem: bytes = b""
    schedule: Schedule = ()
    unsent: bytes = b""
    full: bool = False
    opens: float | None = None
    away: tuple[float, float] | None = None

    @property
    def fault(self) -> str | None:
        """`refused`, `unanswered`, `reset`, `stall` or None, which a server that is away for a while has no word in."""
        if self.name is None:
            return "unanswered" if self.full else "refused"
        last = self.schedule[-1].kind
        return None if last in WHOLE else last

    @property
    def odd(self) -> bool:
        """Whether it does what servers seldom do, though its poem can come whole."""
        half_closes = any(act.kind == "fin" for act in self.schedule)
        return half_closes or bool(self.unsent or self.away) or self.opens is not None

    @property
    def seconds(self) -> float:
        """How long it takes at least, from the first call."""
        whole = (self.opens or 0.0) + duration(self.schedule)
        return whole if self.away is None else min(whole, self.away[0])

    def silence(self, patience: float | None) -> Silence | None:
        """Where it first says nothing for longer than a client's patience, if that has an end."""
        if patience is None:
            return None
        at, sent = 0.0, 0
        for act in self.schedule:
            if act.at - at > patience:
                return Silence(at, sent)
            at, sent = act.at, sent + act.size
        return Silence(at, sent) if self.fault in ENDLESS else None


@dataclass(frozen=True)
class Scenario:
    """A scenario with every time and byte decided.  `tasks` holds each task's server, an index from 0.

    With `patience` the clients are told to give up on an address that is silent for so many seconds; `client` is what
    they themselves are put into.
    """

    name: str
    summary: str
    servers: tuple[Server, ...]
    tasks: tuple[int, ...]
    default: bool = False
    checked: bool = False
    concurrent_only: bool = False
    patience: float | None = None
    client: Conditions = USUAL

    def server(self, task: int) -> Server:
        """The server of a task, counted from 1."""
        return self.servers[self.tasks[task - 1]]

    def silence(self, task: int) -> Silence | None:
        """Where the task's server outlasts the client's patience; None where it does not."""
        return self.server(task).silence(self.patience)

    def fault(self, task: int) -> str | None:
        """Why the task cannot be whole: a fault of its server, or `pause`, one too long to wait for; None if it can."""
        fault = self.server(task).fault
        return "pause" if fault not in ENDLESS and self.silence(task) else fault

    def seconds(self, task: int) -> float:
        """The least time in seconds from the accept to the end of a task: a silent one's is the client's to end."""
        silence = self.silence(task)
        return self.server(task).seconds if silence is None else silence.at + (self.patience or 0.0)

    @property
    def longest(self) -> float:
        """The least time in seconds that all poems together can take."""
        return max(map(self.seconds, range(1, len(self.tasks) + 1)))

    @property
    def total(self) -> float:
        """The least time in seconds that they take one after another."""
        return sum(map(self.seconds, range(1, len(self.tasks) + 1)))

    @property
    def size(self) -> int:
        """The bytes of all poems, however many tasks get them."""
        return sum(len(server.poem) + len(server.unsent) for server in self.servers)

    @property
    def shares_servers(self) -> bool:
        """Whether several tasks have the same address, so that a connection's task is a guess by its accept."""
        return len(set(self.tasks)) < len(self.tasks)

    @property
    def has_fault(self) -> bool:
        """Whether something is to go wrong, at a server or with the client."""
        tasks = range(1, len(self.tasks) + 1)
        return self.client != USUAL or any(self.fault(task) or self.server(task).odd for task in tasks)

    @property
    def comes_and_goes(self) -> bool:
        """Whether one of the servers is away for a while."""
        return any(server.away is not None for server in self.servers)

    def record(self) -> dict[str, Any]:
        """As it stands in run.json, but for its playbill."""
        cut_short = [
            {"server": number, "sent": len(server.poem), "size": len(server.poem) + len(server.unsent)}
            for number, server in enumerate(self.servers, 1)
            if server.unsent
        ]
        return {
            "name": self.name,
            "summary": self.summary,
            "tasks": [index + 1 for index in self.tasks],
            "concurrent_only": self.concurrent_only,
            **({} if self.patience is None else {"patience_s": self.patience}),
            **({"cut_short": cut_short} if cut_short else {}),
            **({"client": self.client.record()} if self.client != USUAL else {}),
            "longest_s": round(self.longest, 6),
            "total_s": round(self.total, 6),
        }

    def playbill(self, iface: str, poems: Path) -> Playbill:
        """The servers on paper, on any free ports of `iface`, the poems in the folder `poems`."""
        parts = (
            Part(0, full=server.full)
            if server.name is None
            else Part(0, poems / f"{server.name}.txt", server.schedule, opens=server.opens, away=server.away)
            for server in self.servers
        )
        return Playbill(iface, tuple(parts))


def played(name: str, text: bytes, schedule: Schedule) -> Server:
    """The server that plays this schedule on the bytes of its file."""
    sent = sum(act.size for act in schedule) if schedule[-1].kind in WHOLE else len(text)
    return Server(name, text[:sent], schedule, text[sent:])


def _read_part(name: str, poem: Path, schedule: Schedule) -> Server:
    text = poem.read_bytes()
    return played(name, text, check_schedule(schedule, len(text)))


def from_playbill(record: dict[str, Any], playbill: Playbill, folder: Path) -> Scenario:
    """A scenario again from a run folder: its record in run.json, and its playbill in `folder`."""
    servers = tuple(
        Server(full=part.full)
        if part.poem is None
        else replace(_read_part(part.poem.stem, folder / part.poem, part.schedule), opens=part.opens, away=part.away)
        for part in playbill.parts
    )
    return Scenario(
        name=record["name"],
        summary=record["summary"],
        servers=servers,
        tasks=tuple(number - 1 for number in record["tasks"]),
        concurrent_only=record["concurrent_only"],
        patience=record.get("patience_s"),
        client=conditions.from_record(record.get("client", {})),
    )
