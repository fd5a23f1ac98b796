"""A cell as a picture for the terminal: for each task a line of what its server sent, and one of what the client read.

Both lines have the same time axis, from the client's start to its end, so a student sees where bytes have been waiting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.record.evidence import Evidence
from harness.record.reports import Report
from harness.record.send_log import Connection

CONNECTED, CHUNK, CLOSED, RESET, LEFT, WAITING, STOPPED = "[", "•", "|", "x", "<", ".", "#"
MEANINGS = {
    CONNECTED: "you connected",
    CHUNK: "",
    CLOSED: "the server closed",
    RESET: "the server reset",
    LEFT: "you closed",
    WAITING: "bytes wait for you",
    "~": "from here not to scale",
}
HOW = {"close": CLOSED, "reset": RESET, "hang-up": LEFT}
STDOUT = "standard output"
WIDEST = 18  # columns of a name
LEAST = 16  # columns for the time, or there is no picture
QUIET = 4  # a quiet end gets this part of the columns, if it would take more than a half
MOST = 100  # columns


@dataclass(frozen=True)
class _Axis:
    """Seconds to columns.  After `busy` nothing happens until `ended`; a long quiet end is drawn shorter."""

    started: float
    busy: float
    ended: float
    columns: int

    @property
    def turn(self) -> int:
        """The column at which the quiet end begins, or the last one if it is drawn at the same scale."""
        quiet = self.ended - self.busy > self.busy - self.started
        return self.columns - self.columns // QUIET if quiet else self.columns - 1

    def column(self, t: float) -> int:
        last = self.columns - 1
        if self.turn == last:
            return _share(t - self.started, self.ended - self.started, last)
        if t <= self.busy:
            return _share(t - self.started, self.busy - self.started, self.turn - 1)
        return self.turn + _share(t - self.busy, self.ended - self.busy, last - self.turn)

    def heading(self) -> str:
        """The times at the columns where they are."""
        line = "0 s"
        if self.turn < self.columns - 1:
            busy = f"{self.busy - self.started:.1f} s"
            line = f"{line.ljust(self.turn - len(busy))}{busy} ~"
        end = f"{self.ended - self.started:.1f} s"
        return line.ljust(self.columns - len(end)) + end


def _share(part: float, whole: float, columns: int) -> int:
    return min(max(int(part / whole * columns), 0), columns) if whole > 0 else 0


def picture(evidence: Evidence, tasks: Sequence[int], width: int) -> list[str]:
    """The lines of the picture of these tasks, at most `width` columns wide; [] if there is nothing to draw."""
    connections = {task: evidence.log.of_task(task) for task in tasks}
    if evidence.scenario.shares_servers or not any(connections.values()):
        return []
    names = {task: f"{task} {evidence.scenario.server(task).name or ''}".strip() for task in tasks}
    reports = bool(evidence.transcript.reports)
    label = min(max(map(len, [*names.values(), *(() if reports else (STDOUT,))])), WIDEST)
    counts = max(len(_count(evidence, task)) for task in tasks)
    columns = min(width, MOST) - label - counts - len("  sent    ")
    if columns < LEAST:
        return []
    axis = _axis(evidence, columns)
    rows = list(_rows(axis, evidence, {names[task]: (task, connections[task]) for task in tasks}, reports=reports))
    lines = [f"{'':{label}}       {axis.heading()} {'bytes':>{counts}}"]
    lines += [
        f"{name[:label]:{label}}  {kind:4} {marks:{columns}} {count:>{counts}}" for name, kind, marks, count in rows
    ]
    drawn = "".join(marks for _, kind, marks, _ in rows if kind) + axis.heading()[3:].replace(".", "")
    return [*(line.rstrip() for line in lines), *_legend(evidence, drawn, min(width, MOST), reports=reports)]


def _rows(
    axis: _Axis, evidence: Evidence, tasks: dict[str, tuple[int, Connection | None]], *, reports: bool
) -> Iterator[tuple[str, str, str, str]]:
    """The lines below the times: name, kind, marks, and number of bytes.

    What a client that reports no reads has read is unknown; it has one line for its standard output instead.
    """
    for name, (task, connection) in tasks.items():
        if connection is None:
            yield name, "", _absence(evidence, task), ""
            continue
        yield name, "sent", _sent(axis, connection, evidence.recording.ended), _count(evidence, task)
        if reports:
            yield "", "read", *_read(axis, evidence, connection)
    if not reports:
        yield STDOUT, "out", *_printed(axis, evidence)


def _axis(evidence: Evidence, columns: int) -> _Axis:
    recording = evidence.recording
    times = [report.seen for report in evidence.transcript.reports]
    for connection in evidence.log.connections:
        times += [connection.accepted, connection.last]
        times += [t for t in (connection.ended, connection.fin) if t is not None and t < recording.ended]
    busy = min(max(times), recording.ended)
    return _Axis(recording.started, busy, max(recording.ended, busy + 0.001), columns)


def _count(evidence: Evidence, task: int) -> str:
    connection, size = evidence.log.of_task(task), len(evidence.scenario.server(task).poem)
    return f"{connection.sent} of {size}" if connection else ""


def _absence(evidence: Evidence, task: int) -> str:
    fault = evidence.scenario.server(task).fault
    said = {"refused": "refuses every connection", "unanswered": "answers no connection attempt"}
    return said.get(fault or "", "no connection came")


def _sent(axis: _Axis, connection: Connection, until: float) -> str:
    marks = [" "] * axis.columns
    for t in connection.times:
        marks[axis.column(t)] = CHUNK
    marks[axis.column(connection.accepted)] = CONNECTED
    if connection.fin is not None:
        marks[axis.column(connection.fin)] = CLOSED
    elif connection.ended is not None and connection.ended < until:
        marks[axis.column(connection.ended)] = HOW[connection.how or "close"]
    return "".join(marks)


def _read(axis: _Axis, evidence: Evidence, connection: Connection) -> tuple[str, str]:
    """The marks of what the client reported, and how many bytes that was."""
    reports = [report for report in evidence.transcript.reports if report.task == connection.task]
    marks = list(_waiting(axis, connection, reports))
    for report in reports:
        marks[axis.column(report.seen)] = CHUNK
    end = axis.column(evidence.recording.ended)
    marks[end:] = [STOPPED, *" " * (axis.columns - end - 1)]
    return "".join(marks), str(reports[-1].end if reports else 0)


def _waiting(axis: _Axis, connection: Connection, reports: Sequence[Report]) -> Iterator[str]:
    """A mark for every column at the end of which fewer bytes had been reported than sent."""
    sent, read = [0] * axis.columns, [0] * axis.columns
    for end, t in zip(connection.ends, connection.times, strict=True):
        sent[axis.column(t)] = end
    for report in reports:
        read[axis.column(report.seen)] = report.end
    had = got = 0
    for column in range(axis.columns):
        had, got = max(had, sent[column]), max(got, read[column])
        yield WAITING if got < had else " "


def _printed(axis: _Axis, evidence: Evidence) -> tuple[str, str]:
    """The marks of what the client printed on standard output, and how many bytes that was."""
    marks, stdout = [" "] * axis.columns, evidence.transcript.stdout
    for t in stdout.times:
        marks[axis.column(t)] = CHUNK
    marks[axis.column(evidence.recording.ended)] = STOPPED
    return "".join(marks), str(len(stdout.data))


def _legend(evidence: Evidence, drawn: str, width: int, *, reports: bool) -> list[str]:
    """What the marks mean that were drawn."""
    means = dict(MEANINGS)
    means[CHUNK] = f"a chunk was sent, or {'a read reported' if reports else 'something printed'}"
    means[STOPPED] = "the lab stopped you" if evidence.recording.stopped else "you ended"
    lines = [""]
    for item in (f"{mark} {what}" for mark, what in means.items() if mark in drawn):
        longer = f"{lines[-1]}   {item}" if lines[-1] else item
        if len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(item)
    return lines
