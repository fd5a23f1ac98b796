"""The state that a demo shows: a pure model, updated by the events of a live or a recorded demo."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.demo.events import Accepted, Closed, Command, Ended, Event, Printed, Sent
from harness.record.reports import FAILED, GOT
from harness.spec.client import Client
from harness.spec.scenario import Scenario

LINES = 200  # lines of output that are kept for each client
LINE_BYTES = 4096  # bytes that are kept of one line


@dataclass
class Lane:
    """One task of one client; `state` is waiting, open, close, reset or hang-up.

    `failed` is true once the client has reported the failure.
    """

    task: int
    poem: str
    size: int
    state: str = "waiting"
    failed: bool = False
    sent: int = 0
    seen: int = 0
    chunks: int = 0

    @property
    def open(self) -> bool:
        """Whether the server may send more."""
        return self.state == "open"


@dataclass(frozen=True)
class Mark:
    """One act of a server for one client: a chunk up to byte `end`, or the end of the connection (`kind` says how).

    It happened at the time `t`, when `played` seconds of the script had been played.
    """

    task: int
    end: int
    kind: str = "send"
    t: float = 0.0
    played: float = 0.0


@dataclass(frozen=True)
class Line:
    """A line that a client printed, and its task if that is known."""

    stream: str
    text: str
    task: int | None


@dataclass
class Pane:
    """One client: its lanes, its marks in the order of the servers' acts, its last lines, and its end."""

    client: Client
    lanes: dict[int, Lane]
    marks: list[Mark] = field(default_factory=list)
    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=LINES))
    started: float | None = None  # the first accept, in seconds of the script
    span: tuple[float, float] | None = None  # the times of its first event and its last one
    ended: str | None = None  # `exit 0`, `signal 9` or `stopped`
    good: bool = False  # whether it ended with status 0
    took: float | None = None  # seconds of the script from the first accept to the end
    last_task: int | None = None  # the task of the last line on standard output
    first_poem: int | None = None  # the task whose poem was printed first
    rest: dict[str, bytes] = field(default_factory=dict)  # the unfinished last line of each stream

    @property
    def reports(self) -> bool:
        """Whether the client reports progress."""
        return self.client.traits.grain != "silent"

    @property
    def seen(self) -> int:
        """The bytes that the client has reported; for a silent client, the bytes that it was sent."""
        return sum(lane.seen if self.reports else lane.sent for lane in self.lanes.values())


class Show:
    """All panes, and what the lecturer has done: `rate` (0: paused), `stalled`, `conducted`.

    The schedules of the scenario are its script.  A second of the script takes `pace` seconds while `going` is true.
    """

    def __init__(self, clients: Sequence[Client], scenario: Scenario) -> None:
        self.scenario = scenario
        tasks = range(1, len(scenario.tasks) + 1)
        servers = {task: scenario.server(task) for task in tasks}
        self.panes = [
            Pane(
                client, {task: Lane(task, server.name or "down", len(server.poem)) for task, server in servers.items()}
            )
            for client in clients
        ]
        self.pace = 1.0
        self.going = False
        self.stalled: set[int] = set()
        self.conducted = False  # whether single poems were commanded, so that the time means nothing any more
        self._then = 0.0  # seconds of the script at the last change of the rate
        self._since = 0.0  # the time of that change
        self._poem_lines = _lines_of(scenario)

    @property
    def rate(self) -> float:
        """Seconds of the script per second; 0 while it is paused."""
        return 1 / self.pace if self.going else 0.0

    @property
    def over(self) -> bool:
        """Whether all clients have ended."""
        return all(pane.ended for pane in self.panes)

    def played(self, t: float) -> float:
        """The seconds of the script that had been played at time `t`."""
        return self._then + (t - self._since) * self.rate

    @property
    def axis(self) -> tuple[float, float]:
        """Start and end of all that happened, for all clients: seconds of the script, or of the room if conducted."""
        if self.conducted:
            spans = [pane.span for pane in self.panes if pane.span is not None]
            return (min(start for start, _ in spans), max(end for _, end in spans)) if spans else (0.0, 0.0)
        starts = [pane.started for pane in self.panes if pane.started is not None]
        ends = [self.place(mark) for pane in self.panes for mark in pane.marks[-1:]]
        ends += [pane.started + pane.took for pane in self.panes if pane.started is not None and pane.took is not None]
        return min(starts, default=0.0), max(ends, default=0.0)

    def place(self, mark: Mark) -> float:
        """Where a mark is on the axis."""
        return mark.t if self.conducted else mark.played

    def end(self, pane: Pane) -> float | None:
        """Where the end of a client is on the axis; None before its end, and if it never connected."""
        if pane.started is None or pane.took is None or pane.span is None:
            return None
        return pane.span[1] if self.conducted else pane.started + pane.took

    def feed(self, event: Event) -> None:
        """Update the state by one event."""
        if not isinstance(event, Command):
            pane = self.panes[event.client]
            pane.span = (pane.span[0] if pane.span else event.t, event.t)
        match event:
            case Command(t, words):
                self._command(t, words)
            case Accepted(t, client, task):
                pane = self.panes[client]
                pane.lanes[task].state = "open"
                if pane.started is None:
                    pane.started = self.played(t)
            case Sent(t, client, task, _, end):
                lane = self.panes[client].lanes[task]
                lane.sent, lane.chunks = end, lane.chunks + 1
                self.panes[client].marks.append(Mark(task, end, t=t, played=self.played(t)))
            case Closed(t, client, task, how):
                lane = self.panes[client].lanes[task]
                lane.state = how
                self.panes[client].marks.append(Mark(task, lane.sent, how, t, self.played(t)))
            case Printed(_, client, stream, data):
                self._printed(self.panes[client], stream, data)
            case Ended():
                self._ended(self.panes[event.client], event)

    def _command(self, t: float, words: tuple[str, ...]) -> None:
        self._then, self._since = self.played(t), t
        match words:
            case ("pause",):
                self.going = False
            case ("resume",):
                self.going = True
            case ("pace", factor):
                self.pace = float(factor)
            case ("stall", number):
                self.stalled.add(int(number))
                self.conducted = True
            case ("go", number):
                self.stalled.discard(int(number))
            case ("step" | "reset" | "down", _):
                self.conducted = True

    def _ended(self, pane: Pane, event: Ended) -> None:
        for stream in list(pane.rest):
            self._printed(pane, stream, b"\n")  # an unfinished last line counts as a line
        if event.status is not None:
            pane.ended = f"exit {event.status}"
        else:
            pane.ended = f"signal {event.signal}" if event.signal else "stopped"
        pane.good = event.status == 0
        if pane.started is not None:
            pane.took = self.played(event.t) - pane.started

    def floor(self, pane: Pane) -> float:
        """The least time that this client can take, in seconds of the script."""
        return self.scenario.total if pane.client.sequential else self.scenario.longest

    def time(self, pane: Pane) -> float | None:
        """The client's time ÷ floor; None before its end, and if single poems were commanded."""
        floor = self.floor(pane)
        return pane.took / floor if pane.took is not None and floor and not self.conducted else None

    def _printed(self, pane: Pane, stream: str, data: bytes) -> None:
        *lines, rest = (pane.rest.get(stream, b"") + data).split(b"\n")
        for line in lines:
            self._line(pane, stream, line[:LINE_BYTES])
        # The part beyond the limit is dropped at once, so that an endless line takes no memory.
        pane.rest[stream] = rest[:LINE_BYTES]
        if not rest:
            del pane.rest[stream]

    def _line(self, pane: Pane, stream: str, line: bytes) -> None:
        line = line.rstrip(b"\r")
        task: int | None = None
        if got := GOT.fullmatch(line):
            task = int(got[1])
            if lane := pane.lanes.get(task):
                lane.seen += int(got[2])
        elif failed := FAILED.fullmatch(line):
            task = int(failed[1])
            if lane := pane.lanes.get(task):
                lane.failed = True
        elif stream == "stdout":
            task = pane.last_task = self._poem_lines.get(line, pane.last_task)
            pane.first_poem = pane.first_poem or task
        pane.lines.append(Line(stream, plain(line), task if task in pane.lanes else None))


def plain(line: bytes) -> str:
    """The line as text without control characters."""
    return "".join(c if c.isprintable() else " " if c == "\t" else "·" for c in line.decode(errors="replace"))


def _lines_of(scenario: Scenario) -> dict[bytes, int]:
    """The task of each line of poetry that occurs in one poem only."""
    found: dict[bytes, set[int]] = {}
    for task in range(1, len(scenario.tasks) + 1):
        for line in scenario.server(task).poem.split(b"\n"):
            found.setdefault(line.rstrip(b"\r"), set()).add(task)
    return {line: tasks.pop() for line, tasks in found.items() if len(tasks) == 1 and line.strip()}
