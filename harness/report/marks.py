"""What a timeline shows of a cell: marks with their times, a pure function of its evidence."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

from harness.printable import excerpt
from harness.record.evidence import Evidence
from harness.record.transcript import Stamped
from harness.report.recorded import without_paths

MOST = 150_000  # marks of one kind in one cell; if there are more, only every n-th is drawn, and the figure says so
UNKNOWN = 0  # the task of output that belongs to no poem

Rows = list[dict[str, Any]]
T = TypeVar("T")


@dataclass(frozen=True)
class Marks:
    """The marks of one cell, by kind; a row's `t` is seconds after the first accept, `k` its task.

    `open`: connections, {k, t, u, how}: open from `t` to `u`.
    `sent`: {t, k, s, e}: a server sent bytes `s` to `e` of the task's poem.
    `reported`: {t, k, s, e}: the client reported these bytes.
    `printed`: {t, k, s, e}: these bytes came on standard output; output that belongs to no poem also has `text`.
    `words`: {t, k, text}: what else happened to a task.
    `drawn`: for each kind of which only every n-th mark is drawn: (marks drawn, marks in all).
    `start`: the time of the first accept, in the seconds of the send log.
    """

    open: Rows
    sent: Rows
    reported: Rows
    printed: Rows
    words: Rows
    drawn: dict[str, tuple[int, int]]
    start: float

    @property
    def span(self) -> tuple[float, float]:
        """The first and the last time in seconds; it includes 0 to 0.1 s at least."""
        times = [row["t"] for rows in (self.sent, self.reported, self.printed, self.words) for row in rows]
        times += [row["u"] for row in self.open]
        return min(0.0, *times, 0.0), max(0.1, *times, 0.1)

    def tables(self) -> dict[str, Rows]:
        """The rows by the names that the figures use."""
        kinds = ("open", "sent", "reported", "printed", "words")
        return {kind: getattr(self, kind) for kind in kinds}


def marks(evidence: Evidence) -> Marks:
    """All marks of one cell, ordered by time."""
    connections = evidence.log.connections
    start = connections[0].accepted if connections else evidence.recording.started

    def at(seconds: float) -> float:
        return round(seconds - start, 5)

    sent, opened, words = [], [], []
    for connection in connections:
        task = connection.task or UNKNOWN
        end = evidence.recording.ended if connection.ended is None else connection.ended
        opened.append({"k": task, "t": at(connection.accepted), "u": at(end), "how": connection.how or "left open"})
        for (before, after), moment in zip(pairwise([0, *connection.ends]), connection.times, strict=True):
            sent.append({"t": at(moment), "k": task, "s": before, "e": after})
        if connection.how not in ("close", None):
            words.append({"t": at(end), "k": task, "text": str(connection.how)})
    words += [{"t": 0, "k": task, "text": fault} for task, fault in evidence.faults.items() if fault == "refused"]
    reported = [{"t": at(r.seen), "k": r.task, "s": r.start, "e": r.end} for r in evidence.transcript.reports]
    printed = _printed(evidence)
    for row in printed:
        row["t"] = at(row["t"])
    drawn: dict[str, tuple[int, int]] = {}
    kinds = {"sent": sent, "reported": reported, "printed": printed}
    for kind, rows in kinds.items():
        kinds[kind] = _thinned(sorted(rows, key=lambda row: row["t"]))
        if len(kinds[kind]) < len(rows):
            drawn[kind] = (len(kinds[kind]), len(rows))
    return Marks(opened, kinds["sent"], kinds["reported"], kinds["printed"], words, drawn, start)


def _printed(evidence: Evidence) -> Rows:
    """Each piece of standard output, split where a poem begins."""
    stdout = evidence.transcript.stdout
    rows: Rows = []
    edge = 0
    for poem in evidence.stdout_poems.poems:
        rows += [
            {"t": t, "k": poem.task, "s": start - poem.start, "e": end - poem.start}
            for t, start, end in _pieces(stdout, poem.start, poem.end)
        ]
        edge = poem.end
    if edge < len(stdout.data):
        for t, start, end in _pieces(stdout, edge, len(stdout.data)):
            text = without_paths(excerpt(stdout.data[start:end]))
            rows.append({"t": t, "k": UNKNOWN, "s": start, "e": end, "text": text})
    return rows


def _pieces(stream: Stamped, start: int, end: int) -> Sequence[tuple[float, int, int]]:
    """The pieces of a stream between two byte positions, at most up to its end: (time, start, end)."""
    found = []
    end = min(end, len(stream.data))  # the place of an incomplete poem includes its newline, which may be missing
    index = bisect.bisect_right(stream.ends, start)
    while start < end:
        stop = min(end, stream.ends[index])
        found.append((stream.times[index], start, stop))
        start, index = stop, index + 1
    return found


def _thinned(rows: list[T]) -> list[T]:
    return rows[:: -(-len(rows) // MOST)] if rows else rows
