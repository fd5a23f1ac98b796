"""A scenario: poems, their schedules and faults; all times and bytes are fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.spec import conditions
from harness.spec.conditions import USUAL, Conditions
from harness.spec.fault import ENDLESS
from slowpoetry.address import Address, format_address, is_ipv6
from slowpoetry.schedule import WHOLE, Schedule, check_schedule, duration
from slowpoetry.server.playbill import Part, Playbill

MANY = 100  # tasks
LARGE = 1_000_000  # bytes of poems
ONE_READ = 1 << 16  # bytes that a client takes in one read

HOST = "127.0.0.1"  # where the servers listen, unless a scenario says otherwise


@dataclass(frozen=True)
class Silence:
    """A server falls silent `at` seconds after the accept, when it has sent `sent` bytes."""

    at: float
    sent: int


@dataclass(frozen=True)
class Server:
    """One server: its poem (name and bytes) and schedule.  A server that is down has no name and no poem.

    `full`: its accept queue is always full, and it has no poem either.  `opens`: it answers no call until so many
    seconds after the first call.  `away`: it is down between these two times, in seconds from the first accept of any
    server.  `unsent`: the bytes that follow `poem` in the file of a server that closes too early; `poem` holds only
    the bytes that it sends, because TCP cannot tell such an end from the true one.
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
        """`refused`, `unanswered`, `reset`, `stall` or None.  Being away for a while is not counted here."""
        if self.name is None:
            return "unanswered" if self.full else "refused"
        last = self.schedule[-1].kind
        return None if last in WHOLE else last

    @property
    def odd(self) -> bool:
        """Whether it does something that servers rarely do, although its poem can arrive whole."""
        half_closes = any(act.kind == "fin" for act in self.schedule)
        return half_closes or bool(self.unsent or self.away) or self.opens is not None

    @property
    def fills_buffers(self) -> bool:
        """Whether a chunk takes many reads: it waits in socket buffers, and the longer, the busier the machine is.

        So the time at which such a poem was sent says little about the time at which a client could have it.
        """
        return any(act.size > ONE_READ for act in self.schedule)

    @property
    def seconds(self) -> float:
        """The least time in seconds that it takes, from the first call."""
        whole = (self.opens or 0.0) + duration(self.schedule)
        return whole if self.away is None else min(whole, self.away[0])

    def silence(self, patience: float | None) -> Silence | None:
        """The first silence that is longer than the client's patience in seconds; None if there is none."""
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
    """A scenario with all times and bytes fixed.  `tasks` holds each task's server, an index from 0.

    With `patience` the clients are told to give up on an address that is silent for so many seconds; `client` holds
    the conditions of the clients themselves.  `host` is the host of all addresses that they are given.
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
    host: str = HOST

    @property
    def iface(self) -> str:
        """The address that the servers listen on; for a name it is 127.0.0.1, which is not the name's first address."""
        return self.host if is_ipv6(self.host) else HOST

    def addresses(self, ports: Sequence[int]) -> list[str]:
        """Each task's address, as the clients are given it; `ports` are those of the servers."""
        return [format_address(Address(self.host, ports[index])) for index in self.tasks]

    def server(self, task: int) -> Server:
        """The server of a task, counted from 1."""
        return self.servers[self.tasks[task - 1]]

    def silence(self, task: int) -> Silence | None:
        """The task's first silence that is longer than the client's patience; None if there is none."""
        return self.server(task).silence(self.patience)

    def fault(self, task: int) -> str | None:
        """Why the task's poem cannot arrive whole; None if it can.

        It is its server's fault, or `pause` if a pause is longer than the client's patience.
        """
        fault = self.server(task).fault
        return "pause" if fault not in ENDLESS and self.silence(task) else fault

    def seconds(self, task: int) -> float:
        """The least time in seconds from the accept to the end of a task; a silent task ends with the patience."""
        silence = self.silence(task)
        return self.server(task).seconds if silence is None else silence.at + (self.patience or 0.0)

    @property
    def longest(self) -> float:
        """The least time in seconds for all poems at once: the longest task."""
        return max(map(self.seconds, range(1, len(self.tasks) + 1)))

    @property
    def total(self) -> float:
        """The least time in seconds for the poems one after another: the sum of the tasks."""
        return sum(map(self.seconds, range(1, len(self.tasks) + 1)))

    @property
    def size(self) -> int:
        """The bytes of all poems; each is counted once, even if several tasks fetch it."""
        return sum(len(server.poem) + len(server.unsent) for server in self.servers)

    @property
    def heavy(self) -> bool:
        """Whether a cell of this scenario takes so much of a machine that no other cell may run beside it."""
        return len(self.tasks) > MANY or self.size > LARGE

    @property
    def shares_servers(self) -> bool:
        """Whether several tasks have one address; then a connection's task is guessed from the order of accepts."""
        return len(set(self.tasks)) < len(self.tasks)

    @property
    def has_fault(self) -> bool:
        """Whether the scenario makes something go wrong, at a server or for the client."""
        tasks = range(1, len(self.tasks) + 1)
        return self.client != USUAL or any(self.fault(task) or self.server(task).odd for task in tasks)

    @property
    def comes_and_goes(self) -> bool:
        """Whether one of the servers is away for a while."""
        return any(server.away is not None for server in self.servers)

    def record(self) -> dict[str, Any]:
        """The scenario as run.json holds it, without its playbill."""
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
            **({"host": self.host} if self.host != HOST else {}),
            "longest_s": round(self.longest, 6),
            "total_s": round(self.total, 6),
        }

    def playbill(self, poems: Path) -> Playbill:
        """The playbill of its servers, on any free ports of `iface`, with the poems in the folder `poems`."""
        parts = (
            Part(0, full=server.full)
            if server.name is None
            else Part(0, poems / f"{server.name}.txt", server.schedule, opens=server.opens, away=server.away)
            for server in self.servers
        )
        return Playbill(self.iface, tuple(parts))


def played(name: str, text: bytes, schedule: Schedule) -> Server:
    """The server that plays this schedule; `text` holds the bytes of its file."""
    sent = sum(act.size for act in schedule) if schedule[-1].kind in WHOLE else len(text)
    return Server(name, text[:sent], schedule, text[sent:])


def _read_part(name: str, poem: Path, schedule: Schedule) -> Server:
    text = poem.read_bytes()
    return played(name, text, check_schedule(schedule, len(text)))


def from_playbill(record: dict[str, Any], playbill: Playbill, folder: Path) -> Scenario:
    """A scenario read back from a run's folder: its record in run.json, and its playbill in `folder`."""
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
        host=record.get("host", HOST),
    )
