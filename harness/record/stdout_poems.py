"""The poems in a client's standard output, and the first byte that is wrong.

Standard output should hold whole poems, each followed by a newline, in any order; of a poem that failed midway it may
hold the first part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.record import output_fault

SHOWN = 24  # bytes of context in a difference
BLOCK = 1 << 16  # bytes compared at once: a poem may have many millions
READINGS = 200_000  # the most states that are tried, if an output can be read in several ways


@dataclass(frozen=True)
class Poem:
    """A poem found in the output: its task, and the range of its bytes in the output, with its newline."""

    task: int
    start: int
    end: int
    whole: bool = True


@dataclass(frozen=True)
class Difference:
    """The first difference in the output: a code, the task and byte of its poem, the expected and the actual bytes."""

    code: str
    task: int
    offset: int
    expected: bytes
    got: bytes


@dataclass(frozen=True)
class StdoutPoems:
    """The poems that were recognised, in the order of the output, and the first difference if there is one."""

    poems: tuple[Poem, ...] = ()
    difference: Difference | None = None

    def whole(self) -> list[Poem]:
        """The poems that are there from end to end."""
        return [poem for poem in self.poems if poem.whole]


def read_poems(output: bytes, due: Iterable[tuple[int, bytes]], failing: Mapping[int, bytes]) -> StdoutPoems:
    """Read poems from the start of `output`.

    `due` holds (task, poem) for every poem that must be there; equal poems are taken in this order.  `failing` holds,
    by task, the poems of which only a first part may be there.
    """
    # If a poem begins with another one, the output can be read in several ways: all are tried, depth first, and the
    # difference is that of the reading that goes furthest.  Not recursive: a crowd would exceed Python's call stack.
    reading = _Reading(output, due, failing)
    found: list[Poem] = []
    choices = [reading.pieces(0)]
    furthest, printed = -1, StdoutPoems()
    while choices:
        piece = next(choices[-1], None)
        if piece is not None:
            reading.take(piece)
            found.append(piece)
            choices.append(reading.pieces(piece.end))
            continue
        at = found[-1].end if found else 0
        if at == len(output) and not any(reading.whole.values()):
            return StdoutPoems(tuple(found))
        if at > furthest:
            furthest, printed = at, StdoutPoems(tuple(found), reading.difference(at, found))
        choices.pop()
        if found:
            reading.give_back(found.pop())
    return printed


class _Reading:
    """The poems that are still expected in an output: tasks by text; the last of a text's tasks is taken next."""

    def __init__(self, output: bytes, due: Iterable[tuple[int, bytes]], failing: Mapping[int, bytes]) -> None:
        self._output = output
        self._tried: set[tuple[int, ...]] = set()
        self.whole = _by_text((task, poem + b"\n") for task, poem in due)
        self._partial = _by_text(failing.items())
        self._poems = dict(failing)

    def pieces(self, at: int) -> Iterator[Poem]:
        """The poems that may start at `at`: whole poems before parts, longer ones before shorter ones."""
        state = (at, *map(len, self.whole.values()), *map(len, self._partial.values()))
        if state in self._tried or len(self._tried) >= READINGS:
            return
        self._tried.add(state)
        texts = [text for text, tasks in self.whole.items() if tasks and self._output.startswith(text, at)]
        for text in sorted(texts, key=len, reverse=True):
            yield Poem(self.whole[text][-1], at, at + len(text))
        ends = {(end, text) for text, tasks in self._partial.items() if tasks for end in _parts(self._output, at, text)}
        for end, text in sorted(ends, reverse=True):
            yield Poem(self._partial[text][-1], at, end, whole=False)

    def take(self, piece: Poem) -> None:
        self._tasks(piece).pop()

    def give_back(self, piece: Poem) -> None:
        self._tasks(piece).append(piece.task)

    def _tasks(self, piece: Poem) -> list[int]:
        return (
            self.whole[self._output[piece.start : piece.end]] if piece.whole else self._partial[self._poems[piece.task]]
        )

    def difference(self, at: int, found: Iterable[Poem]) -> Difference:
        """How the output at `at`, after the poems `found`, differs from all poems that are still expected."""
        whole = [(text, tasks[-1]) for text, tasks in self.whole.items() if tasks]
        if at == len(self._output):
            text, task = whole[0]
            return Difference("poem-missing", task, 0, text[:SHOWN], b"")
        partial = [(text, tasks[-1]) for text, tasks in self._partial.items() if tasks]
        if not whole and not any(_common(self._output, at, text) for text, _ in partial):
            return Difference("bytes-extra", 0, 0, b"", self._output[at : at + SHOWN])
        twice = [text for text, tasks in self.whole.items() if len(tasks) > 1]
        # What was taken for a part of a failed poem may go on behind pieces of other poems.
        sizes = [(piece.task, piece.end - piece.start) for piece in found if not piece.whole]
        # The last newline may be the poem's or the client's.
        tails = [self._poems[task][end:] for task, size in sizes for end in (size - 1, size)]
        return _difference(self._output, at, whole + partial, twice + tails)


def _by_text(poems: Iterable[tuple[int, bytes]]) -> dict[bytes, list[int]]:
    tasks: dict[bytes, list[int]] = {}
    for task, text in poems:
        tasks.setdefault(text, []).insert(0, task)
    return tasks


def _parts(output: bytes, at: int, poem: bytes) -> Iterator[int]:
    """The positions at which a first part of `poem` at `at` may end: after one of its newlines, or the one after it."""
    size = _common(output, at, poem)
    newline = output.find(b"\n", at, at + size + 1)
    while newline >= 0:
        yield newline + 1
        newline = output.find(b"\n", newline + 1, at + size + 1)


def _common(output: bytes, at: int, text: bytes) -> int:
    """How many of the first bytes of `text` are in the output at `at`."""
    size = min(len(text), len(output) - at)
    for start in range(0, size, BLOCK):
        end = min(start + BLOCK, size)
        if output[at + start : at + end] != text[start:end]:
            return next(i for i in range(start, end) if output[at + i] != text[i])
    return size


def _difference(output: bytes, at: int, candidates: list[tuple[bytes, int]], more: list[bytes]) -> Difference:
    if not candidates:
        return Difference("bytes-extra", 0, 0, b"", output[at : at + SHOWN])
    text, task = max(candidates, key=lambda candidate: _common(output, at, candidate[0]))
    offset = _common(output, at, text)
    rest, expected = output[at + offset :], text[offset:]
    others = [other for other, _ in candidates if other != text] + more
    code = output_fault.code(text[:offset], rest, expected, others)
    return Difference(code, task, offset, expected[:SHOWN], rest[:SHOWN])
