"""Kinds of mistakes that students make, each as a function that turns what a server sends into what a client prints.

`cells` gives the evidence of a mistake in every scenario of a check, for several ways in which the network may cut the
poems into reads: the same kind of mistake must be told the same thing in all of them.  As a program this module prints
the table, for these mistakes or for a recorded run of clients:

    PYTHONPATH=.:python:harness/tests .venv/bin/python harness/tests/mistakes.py [runs/ID]
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

from evidence_maker import LAG, START, client, evidence, failed, got, in_turn, play

from harness.backend import Exit
from harness.check.explain import explain
from harness.check.program import explanations
from harness.judge.replay import replay
from harness.judge.verdict import judge
from harness.record.evidence import Evidence
from harness.record.send_log import SendLog
from harness.spec import scenario_file
from harness.spec.scenario import Scenario

WAYS = ((1, False), (2, False), (3, False), (1, True))  # chunks of a server in one read; one poem after another


@cache
def checked() -> list[Scenario]:
    """The scenarios of a check."""
    return [one for one in scenario_file.discover().values() if one.checked]


@dataclass(frozen=True)
class Read:
    """What one read brings: bytes `start` to `end` of the task's poem."""

    at: float
    task: int
    start: int
    end: int


@dataclass
class Cell:
    """A client at work in a scenario, before it is known what it prints."""

    scenario: Scenario
    joined: int
    turns: bool  # whether it fetches one poem after another

    def __post_init__(self) -> None:
        self.log = play(self.scenario, in_turn(self.scenario) if self.turns else None)

    def poem(self, task: int) -> bytes:
        return self.scenario.server(task).poem

    def reads(self) -> list[Read]:
        """All reads in the order of time."""
        found = []
        for connection in self.log.connections:
            ends = connection.ends[self.joined - 1 :: self.joined]
            if connection.sent and connection.sent not in ends:
                ends = [*ends, connection.sent]
            for start, end in pairwise([0, *ends]):
                found.append(Read((connection.sent_at(end) or START) + LAG, connection.task or 0, start, end))
        return sorted(found, key=lambda read: read.at)

    def whole(self) -> list[tuple[float, int]]:
        """When each poem is complete, and its task, in the order of time."""
        good = [task for task in self.tasks if not self.scenario.fault(task)]
        ended = {c.task: (c.ended or START) + LAG for c in self.log.connections}
        return sorted((ended[task], task) for task in good)

    @property
    def tasks(self) -> range:
        return range(1, len(self.scenario.tasks) + 1)

    def told(self, line: Callable[[Read], bytes] | None = None) -> list[tuple[float, bytes]]:
        """A progress line for each read."""
        line = line or (lambda read: got(read.task, read.end - read.start))
        return [(read.at, line(read)) for read in self.reads()]

    def made(self, stdout: list[tuple[float, bytes]], **more: object) -> Evidence:
        """The evidence, if the client prints this and does all else as it should."""
        more.setdefault("stderr", self.told())
        return evidence(self.scenario, log=self.log, stdout=sorted(stdout, key=lambda piece: piece[0]), **more)  # type: ignore[arg-type]


Mistake = Callable[[Cell], Evidence]


def by_poem(change: Callable[[bytes], bytes]) -> Mistake:
    """Prints this, made of the whole poem, instead of the poem and a newline."""
    return lambda cell: cell.made([(at, change(cell.poem(task))) for at, task in cell.whole()])


def by_read(change: Callable[[bytes], bytes]) -> Mistake:
    """Prints poems that are joined from changed reads."""

    def mistake(cell: Cell) -> Evidence:
        poems = {task: b"" for task in cell.tasks}
        for read in cell.reads():
            poems[read.task] += change(cell.poem(read.task)[read.start : read.end])
        return cell.made([(at, poems[task] + b"\n") for at, task in cell.whole()])

    return mistake


def at_once(change: Callable[[bytes], bytes], end: bytes = b"\n") -> Mistake:
    """Prints every read of every poem as it comes, and `end` when a poem has ended."""

    def mistake(cell: Cell) -> Evidence:
        pieces = [(read.at, change(cell.poem(read.task)[read.start : read.end])) for read in cell.reads()]
        ended = [((c.ended or START) + LAG, end) for c in cell.log.connections]
        return cell.made([*pieces, *ended])

    return mistake


def one_read(size: int = 1 << 16, *, silent: bool = False) -> Mistake:
    """Takes what the first read brings, at most `size` bytes, for the poem."""

    def mistake(cell: Cell) -> Evidence:
        first: dict[int, Read] = {}
        for read in cell.reads():
            first.setdefault(read.task, replace(read, end=min(read.end, size)))
        for connection in cell.log.connections:
            if (read := first.get(connection.task or 0)) and read.end < connection.sent:
                kept = sum(time <= read.at for time in connection.times)
                connection.ends, connection.times = connection.ends[:kept], connection.times[:kept]
                connection.ended, connection.how = read.at + LAG, "hang-up"
        empty = [(at, b"\n") for at, task in cell.whole() if task not in first]
        stderr = [] if silent else [(read.at, got(read.task, read.end)) for read in first.values()]
        pieces = [(read.at, cell.poem(read.task)[: read.end] + b"\n") for read in first.values()]
        return cell.made([*pieces, *empty], stderr=stderr)

    return mistake


def says(line: Callable[[Cell, Read], bytes]) -> Mistake:
    """Prints the right poems and reports each read with this line."""
    return lambda cell: cell.made(
        [(at, cell.poem(task) + b"\n") for at, task in cell.whole()], stderr=cell.told(lambda read: line(cell, read))
    )


def ends(**how: object) -> Mistake:
    """Prints the right poems, but ends otherwise than it should."""
    return lambda cell: cell.made([(at, cell.poem(task) + b"\n") for at, task in cell.whole()], **how)


def stuck(after: int) -> Mistake:
    """Reads so many bytes of its first poem and nothing else, and waits until the lab ends it."""

    def mistake(cell: Cell) -> Evidence:
        first = next(
            (read for read in cell.reads() if read.task == min(c.task or 0 for c in cell.log.connections)), None
        )
        told = [(first.at, got(first.task, min(after, first.end)))] if first else []
        return cell.made([], stderr=told, failures=[], stopped="timeout", exit_=Exit(None, signal=9), ended=START + 22)

    return mistake


def never_ends(cell: Cell) -> Evidence:
    """Reads everything and does not take a read of 0 bytes for the end."""
    return cell.made([], failures=[], stopped="timeout", exit_=Exit(None, signal=9), ended=START + 22)


def first_only(cell: Cell) -> Evidence:
    """Ends when its first poem is complete."""
    at, task = cell.whole()[0]
    cell.log = SendLog([c for c in cell.log.connections if c.accepted < at], cell.log.lateness)
    for connection in cell.log.connections:
        if connection.ended is None or connection.ended > at:
            kept = sum(time <= at for time in connection.times)
            connection.ends, connection.times = connection.ends[:kept], connection.times[:kept]
            connection.ended, connection.how = at + LAG, "hang-up"
    told = [piece for piece in cell.told() if piece[0] <= at]
    refused = [(START + LAG, failed(t)) for t in cell.tasks if cell.scenario.fault(t) == "refused"]
    refused += [(c.ended or at, failed(c.task or 0)) for c in cell.log.connections if c.how == "reset" and c.task]
    return cell.made(
        [(at, cell.poem(task) + b"\n")],
        stderr=[*refused, *told],
        failures=[],
        status=1 if refused else 0,
        ended=at + LAG,
    )


def part_of_failed(cell: Cell) -> Evidence:
    """Takes a reset for the end of the poem."""
    cut = [
        ((c.ended or START) + LAG, cell.poem(c.task or 0)[: c.sent] + b"\n")
        for c in cell.log.connections
        if cell.scenario.fault(c.task or 0) == "reset"
    ]
    named = [(START + 9, failed(task)) for task in cell.tasks if cell.scenario.fault(task) == "refused"]
    poems = [(at, cell.poem(task) + b"\n") for at, task in cell.whole()]
    status = 1 if named else 0
    return cell.made([*poems, *cut], stderr=[*cell.told(), *named], failures=[], status=status)


MISTAKES: dict[str, Mistake] = {
    "prints reads as they come": at_once(lambda piece: piece),
    "prints reads as they come, no newline": at_once(lambda piece: piece, end=b""),
    "prints a line for each read": at_once(lambda piece: piece + b"\n", end=b""),
    "adds a newline to each read": by_read(lambda piece: piece + b"\n"),
    "strips each read": by_read(lambda piece: piece.strip()),
    "decodes each read": by_read(lambda piece: piece.decode(errors="replace").encode()),
    "decodes each read, ignoring errors": by_read(lambda piece: piece.decode(errors="ignore").encode()),
    "takes bytes for Latin-1": by_poem(lambda poem: poem.decode("latin-1").encode() + b"\n"),
    "one read": one_read(),
    "one read, silent": one_read(silent=True),
    "one read of 1024 bytes": one_read(1024),
    "a buffer of 8192 bytes": by_poem(lambda poem: poem[:8192] + b"\n"),
    "up to the last newline": by_poem(lambda poem: poem[: poem.rfind(b"\n") + 1] + b"\n"),
    "drops the last 7 bytes": by_poem(lambda poem: poem[:-7] + b"\n"),
    "drops byte 20": by_poem(lambda poem: poem[:20] + poem[21:] + b"\n"),
    "doubles byte 20": by_poem(lambda poem: poem[:20] + poem[19:] + b"\n"),
    "shows bytes as Python does": by_poem(lambda poem: repr(poem).encode() + b"\n"),
    "writes CR LF": by_poem(lambda poem: poem.replace(b"\n", b"\r\n") + b"\r\n"),
    "reads CR LF as LF": by_poem(lambda poem: poem.replace(b"\r\n", b"\n") + b"\n"),
    "no newline after a poem": by_poem(lambda poem: poem),
    "two newlines after a poem": by_poem(lambda poem: poem + b"\n\n"),
    "strips the poem": by_poem(lambda poem: poem.strip() + b"\n"),
    "a heading before each poem": by_poem(lambda poem: b"Here it is:\n" + poem + b"\n"),
    "a line after each poem": by_poem(lambda poem: poem + b"\n---\n"),
    "lower case": by_poem(lambda poem: poem.lower() + b"\n"),
    "prints nothing": by_poem(lambda poem: b""),
    "ends after its first poem": first_only,
    "status 0 always": ends(status=0),
    "status 1 always": ends(status=1),
    "status 3 always": ends(status=3),
    "names no failure": ends(failures=[]),
    "counts tasks from 0": says(lambda cell, read: got(read.task - 1, read.end - read.start)),
    "running totals": says(lambda cell, read: got(read.task, read.end)),
    "one byte too many": says(lambda cell, read: got(read.task, read.end - read.start + 1)),
    "names tasks backwards": says(lambda cell, read: got(len(cell.tasks) + 1 - read.task, read.end - read.start)),
    "stops after 5 bytes": stuck(5),
    "never takes 0 bytes for the end": never_ends,
    "takes a reset for the end": part_of_failed,
}


def cells(mistake: str) -> Iterator[tuple[str, int, bool, Evidence]]:
    """The evidence of a mistake: scenario, chunks in a read, whether in turn."""
    for scenario in checked():
        for joined, turns in WAYS:
            yield scenario.name, joined, turns, MISTAKES[mistake](Cell(scenario, joined, turns))


def told(made: Evidence) -> tuple[str, str]:
    """The code, and the first sentence of the advice with its numbers left out; twice "" if nothing is wrong."""
    judgement = judge(client(connects="any", grain="any", delivery="any", order="any", flush=None), made)
    if judgement.verdict == "pass":
        return "", ""
    return judgement.code, first_sentence(explain(made, judgement).advice)


def first_sentence(advice: str) -> str:
    """The first sentence that says what to do, with every number as N and every quotation left out."""
    first, *others = re.split(r"(?<=[.?!]) ", advice)
    sentence = others[0] if others and first.startswith("Your lines for task") else first
    sentence = re.sub(r"'.*'", "'...'", sentence)
    return (
        re.sub(r"\d+(, \d+)*( and \d+)?", "N", sentence)
        .replace("poems N", "poem N")
        .replace("addresses N", "address N")
    )


def table() -> Iterator[str]:
    """For each mistake the different things that are told of it, each with the scenarios that tell it."""
    for name in MISTAKES:
        yield f"## {name}"
        seen: dict[tuple[str, str], dict[str, None]] = {}
        for scenario, joined, turns, made in cells(name):
            seen.setdefault(told(made), {})[f"{scenario}{joined}{'t' if turns else ''}"] = None
        for (code, sentence), where in seen.items():
            yield f"  {code or 'pass':<20} {sentence}\n      {' '.join(where)}"


def table_of(run: Path) -> Iterator[str]:
    """The same of a recorded run: for each client what each scenario tells."""
    folder = replay(run, lambda line: None)
    rows: dict[str, dict[tuple[str, str], list[str]]] = {}
    for cell, why in zip(folder.run["cells"], explanations(folder), strict=True):
        key = (cell["reason"]["code"], first_sentence(why.advice)) if why else ("pass", "")
        rows.setdefault(cell["client"], {}).setdefault(key, []).append(cell["scenario"])
    for name, told_it in sorted(rows.items()):
        yield f"## {name}"
        for (code, sentence), where in told_it.items():
            yield f"  {code:<20} {sentence}\n      {' '.join(where)}"


if __name__ == "__main__":
    print("\n".join(table_of(Path(sys.argv[1])) if sys.argv[1:] else table()))
