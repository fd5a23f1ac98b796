"""A transcript, read back: a client's output with a time for every byte, and the reports in it."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from harness.printable import counted
from harness.record.ndjson import Seconds, Unreadable, Whole, bad, read_ndjson

GOT = re.compile(rb"Task (\d{1,9}): got (\d{1,12}) bytes? of poetry from (\S+)")
FAILED = re.compile(rb"Task (\d{1,9}): failed: (.*[^\r\n])")
TOLD = re.compile(rb"^(?:%b|%b)\r*\n" % (GOT.pattern, FAILED.pattern), re.MULTILINE)


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


class Report(NamedTuple):
    """A progress line: it reports bytes `start` to `end` of the task's poem, and arrived at `seen`."""

    task: int
    start: int
    end: int
    seen: float


@dataclass(frozen=True)
class Transcript:
    """A client's output.  `evidence` names the stream of its progress lines; those on stdout are weaker evidence."""

    stdout: Stamped
    stderr: Stamped
    reports: tuple[Report, ...] = ()
    failures: dict[int, str] = field(default_factory=dict)  # task: the client's own words
    evidence: str = "stderr"
    failed_at: dict[int, float] = field(default_factory=dict)  # task: when its failure line arrived


Failures = dict[int, tuple[str, float]]  # task: the client's own words, and when they arrived


def _progress(stream: Stamped) -> tuple[list[Report], Failures, list[tuple[int, int]]]:
    reports: list[Report] = []
    failures: Failures = {}
    spans: list[tuple[int, int]] = []
    so_far: dict[int, int] = {}
    piece = 0
    for line in TOLD.finditer(stream.data):
        while stream.ends[piece] < line.end():
            piece += 1
        seen = stream.times[piece]
        task, count, _, failed, words = line.groups()
        if task:
            before = so_far.get(number := int(task), 0)
            so_far[number] = end = before + int(count)
            reports.append(Report(number, before, end, seen))
        else:
            failures[int(failed)] = words.decode(errors="replace"), seen
        spans.append(line.span())
    return reports, failures, spans


def understand(stdout: Stamped, stderr: Stamped) -> Transcript:
    """Find the reports; if standard error has none, those that a foreign client printed among its poems."""
    reports, failures, _ = _progress(stderr)
    if not reports:
        on_stdout, more_failures, spans = _progress(stdout)
        if on_stdout:
            clean = stdout.without(spans)
            return _transcript(clean, stderr, on_stdout, {**failures, **more_failures}, "stdout")
    return _transcript(stdout, stderr, reports, failures, "stderr")


def _transcript(stdout: Stamped, stderr: Stamped, reports: list[Report], failures: Failures, kind: str) -> Transcript:
    words = {task: said for task, (said, _) in failures.items()}
    times = {task: at for task, (_, at) in failures.items()}
    return Transcript(stdout, stderr, tuple(reports), words, kind, times)


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
