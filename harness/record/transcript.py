"""Reading a transcript: a client's output with a time for every byte, and the reports in it."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harness.record.ndjson import Unreadable, read_ndjson

STREAMS = ("stdout", "stderr")
GOT = re.compile(rb"Task (\d{1,9}): got (\d{1,12}) bytes? of poetry from (\S+)")
FAILED = re.compile(rb"Task (\d{1,9}): failed: (.+)")


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
        """Each whole line: its start, its end without the newline, and when its newline arrived."""
        start = 0
        while (newline := self.data.find(b"\n", start)) >= 0:
            yield start, newline, self.at(newline)
            start = newline + 1

    def without(self, spans: list[tuple[int, int]]) -> Stamped:
        """The stream with these byte ranges (sorted, apart) taken out."""
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
class Report:
    """A progress line: bytes `start` to `end` of the task's poem were seen, and when the line arrived."""

    task: int
    start: int
    end: int
    seen: float


@dataclass(frozen=True)
class Transcript:
    """What a client said.  `evidence` names the stream its progress lines came on; stdout's is the weaker."""

    stdout: Stamped
    stderr: Stamped
    reports: tuple[Report, ...] = ()
    failures: dict[int, str] = field(default_factory=dict)  # task: the client's own words
    evidence: str = "stderr"
    failed_at: dict[int, float] = field(default_factory=dict)  # when the words of a failure came


Failures = dict[int, tuple[str, float]]  # task: the words, and when they came


def _progress(stream: Stamped) -> tuple[list[Report], Failures, list[tuple[int, int]]]:
    reports: list[Report] = []
    failures: Failures = {}
    spans: list[tuple[int, int]] = []
    so_far: dict[int, int] = {}
    for start, end, seen in stream.lines():
        line = stream.data[start:end].rstrip(b"\r")
        if got := GOT.fullmatch(line):
            task, count = int(got[1]), int(got[2])
            before = so_far.get(task, 0)
            so_far[task] = before + count
            reports.append(Report(task, before, before + count, seen))
        elif failed := FAILED.fullmatch(line):
            failures[int(failed[1])] = failed[2].decode(errors="replace"), seen
        else:
            continue
        spans.append((start, end + 1))
    return reports, failures, spans


def understand(stdout: Stamped, stderr: Stamped) -> Transcript:
    """Find the reports; where standard error has none, those that a foreign client printed among its poems."""
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


def read_transcript(folder: Path) -> Transcript:
    """Read the files of `recorder.Transcript`.  Unreadable names what cannot be true: the pieces of a stream follow one
    another in time and in bytes, and their bytes are there.
    """
    path = folder / "transcript.ndjson"
    ends: dict[str, list[int]] = {name: [] for name in STREAMS}
    times: dict[str, list[float]] = {name: [] for name in STREAMS}
    for piece in read_ndjson(path):
        name = piece.word("stream", STREAMS)
        so_far, last = (ends[name][-1], times[name][-1]) if ends[name] else (0, 0.0)
        if piece.whole("start", 0) != so_far:
            raise piece.bad("start", f"{so_far}, where the piece before it ended")
        ends[name].append(piece.whole("end", so_far))
        times[name].append(piece.seconds("t", last))
    return understand(*(_stamped(folder / name, ends[name], times[name]) for name in STREAMS))


def _stamped(path: Path, ends: list[int], times: list[float]) -> Stamped:
    """The stream in this file, as far as its pieces were stamped."""
    data = path.read_bytes()
    stamped = ends[-1] if ends else 0
    if len(data) < stamped:
        raise Unreadable(f"{path}: has {len(data)} bytes, and the transcript tells of {stamped}")
    return Stamped(data[:stamped], tuple(ends), tuple(times))
