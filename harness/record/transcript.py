"""A transcript, read back: a client's output with a time for every byte, and the reports in it."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from harness.printable import counted
from harness.record.ndjson import Seconds, Unreadable, Whole, bad, read_ndjson
from harness.record.reports import TOLD, Reports, find


@dataclass(frozen=True)
class Stamped:
    """A stream's bytes; those before `ends[i]` (and not before `ends[i - 1]`) arrived at `times[i]`."""

    data: bytes = b""
    ends: tuple[int, ...] = ()
    times: tuple[float, ...] = ()

    def at(self, offset: int) -> float:
        """When the byte at `offset` arrived, in monotonic seconds."""
        return self.times[bisect.bisect_right(self.ends, offset)]

    def lines(self) -> Iterator[tuple[int, int, float]]:
        """Each whole line: its start, its end without the newline, and the time at which its newline arrived."""
        start = 0
        while (newline := self.data.find(b"\n", start)) >= 0:
            yield start, newline, self.at(newline)
            start = newline + 1

    def without(self, spans: list[tuple[int, int]]) -> Stamped:
        """The stream without these byte ranges, which must be sorted and must not overlap."""
        parts: list[bytes] = []
        ends: list[int] = []
        times: list[float] = []
        size = 0
        edges = [0, *(edge for span in spans for edge in span), len(self.data)]
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            while start < end:
                index = bisect.bisect_right(self.ends, start)
                stop = min(end, self.ends[index])
                parts.append(self.data[start:stop])
                size += stop - start
                ends.append(size)
                times.append(self.times[index])
                start = stop
        return Stamped(b"".join(parts), tuple(ends), tuple(times))


@dataclass(frozen=True)
class Transcript:
    """A client's output.  `evidence` names the stream of its progress lines; those on stdout are weaker evidence."""

    stdout: Stamped
    stderr: Stamped
    reports: Reports = field(default_factory=Reports)
    failures: dict[int, str] = field(default_factory=dict)  # task: the client's own words
    evidence: str = "stderr"
    failed_at: dict[int, float] = field(default_factory=dict)  # task: when its failure line arrived


def understand(stdout: Stamped, stderr: Stamped) -> Transcript:
    """Find the reports; if standard error has none, those that a foreign client printed among its poems."""
    reports, failures = find(stderr.data, stderr.ends, stderr.times)
    kind = "stderr"
    if not reports:
        on_stdout, more = find(stdout.data, stdout.ends, stdout.times)
        if on_stdout:
            reports, failures, kind = on_stdout, {**failures, **more}, "stdout"
            stdout = stdout.without([line.span() for line in TOLD.finditer(stdout.data)])
    words = {task: said for task, (said, _) in failures.items()}
    times = {task: at for task, (_, at) in failures.items()}
    return Transcript(stdout, stderr, reports, words, kind, times)


class Piece(msgspec.Struct, gc=False):
    """One line of a transcript: bytes `start` to `end` of a stream arrived at `t`."""

    t: Seconds
    stream: Literal["stdout", "stderr"]
    start: Whole
    end: Whole


def read_transcript(folder: Path) -> Transcript:
    """Read the files of `recorder.Transcript`.

    Unreadable if they are inconsistent: the times of a stream's pieces must never go back, their bytes must follow one
    another, and all of these bytes must be in the raw file.
    """
    path = folder / "transcript.ndjson"
    ends: dict[str, list[int]] = {"stdout": [], "stderr": []}
    times: dict[str, list[float]] = {"stdout": [], "stderr": []}
    last = dict.fromkeys(ends, (0, 0.0))
    for line, piece in enumerate(read_ndjson(path, Piece), 1):
        so_far, before = last[piece.stream]
        if piece.start != so_far:
            raise bad(path, line, "start", piece.start, f"{so_far}, where the piece before it ended")
        if piece.end < so_far:
            raise bad(path, line, "end", piece.end, f"a whole number of {so_far} or more")
        if piece.t < before:
            raise bad(path, line, "t", piece.t, f"a time of {before} s or later")
        last[piece.stream] = piece.end, piece.t
        ends[piece.stream].append(piece.end)
        times[piece.stream].append(piece.t)
    return understand(*(_stamped(folder / name, ends[name], times[name]) for name in ends))


def _stamped(path: Path, ends: list[int], times: list[float]) -> Stamped:
    """The stream in this file, up to the last stamped piece."""
    data = path.read_bytes()
    stamped = ends[-1] if ends else 0
    if len(data) < stamped:
        raise Unreadable(f"{path}: has {counted(len(data), 'byte')}, but the transcript has {stamped}")
    return Stamped(data[:stamped], tuple(ends), tuple(times))
