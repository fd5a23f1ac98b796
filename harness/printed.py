"""Telling the poems in a client's standard output apart, and the first byte where it went wrong.

Standard output should be whole poems, each followed by a newline, in any order; a poem that failed midway may
stand there as far as it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

SHOWN = 24  # bytes of context in a difference


@dataclass(frozen=True)
class Poem:
    """A poem found in the output: its task, and the bytes of the output it takes with its newline."""

    task: int
    start: int
    end: int
    whole: bool = True


@dataclass(frozen=True)
class Difference:
    """Where the output first differs: a code, the task and byte of its poem, what was due and what came."""

    code: str
    task: int
    offset: int
    expected: bytes
    got: bytes


@dataclass(frozen=True)
class Printed:
    """What was recognised, in the order of the output, and the first difference if there is one."""

    poems: tuple[Poem, ...] = ()
    difference: Difference | None = None

    def whole(self) -> list[Poem]:
        """The poems that are there from end to end."""
        return [poem for poem in self.poems if poem.whole]


@dataclass
class _Wanted:
    """The poems still due: tasks by text, each text's tasks in the order in which they should be taken."""

    tasks: dict[bytes, list[int]] = field(default_factory=dict)

    def take(self, text: bytes) -> int:
        task = self.tasks[text].pop(0)
        if not self.tasks[text]:
            del self.tasks[text]
        return task


def read_poems(output: bytes, due: Iterable[tuple[int, bytes]], failing: Mapping[int, bytes]) -> Printed:
    """Read poems from the start of `output`.

    `due` holds (task, poem) of every poem that must be there, equal poems in the order to take them; `failing`
    the poems by task of which only a first part may be there.
    """
    wanted = _Wanted()
    for task, poem in due:
        wanted.tasks.setdefault(poem + b"\n", []).append(task)
    partial = dict(failing)
    found: list[Poem] = []
    at = 0
    while at < len(output):
        # Of a poem and its own beginning the longer is taken; the output has room for both only in that order.
        texts = [text for text in wanted.tasks if output.startswith(text, at)]
        if texts:
            text = max(texts, key=len)
            found.append(Poem(wanted.take(text), at, at + len(text)))
            at += len(text)
            continue
        part = _part(output, at, partial)
        if part is None:
            return Printed(tuple(found), _difference(output, at, wanted.tasks, list(partial.items())))
        del partial[part.task]
        found.append(part)
        at = part.end
    if wanted.tasks:
        text, tasks = next(iter(wanted.tasks.items()))
        return Printed(tuple(found), Difference("poem-missing", tasks[0], 0, text[:SHOWN], b""))
    return Printed(tuple(found))


def _part(output: bytes, at: int, partial: Mapping[int, bytes]) -> Poem | None:
    parts = []
    for task, poem in partial.items():
        size = _common(output, at, poem)
        if output[at + size : at + size + 1] == b"\n":
            parts.append(Poem(task, at, at + size + 1, whole=False))
        elif size and output[at + size - 1 : at + size] == b"\n":
            parts.append(Poem(task, at, at + size, whole=False))
    return max(parts, key=lambda part: part.end, default=None)


def _common(output: bytes, at: int, text: bytes) -> int:
    """How many bytes of `text` stand at `at`."""
    size = min(len(text), len(output) - at)
    if output[at : at + size] == text[:size]:
        return size
    return next(i for i in range(size) if output[at + i] != text[i])


def _difference(
    output: bytes, at: int, wanted: Mapping[bytes, list[int]], partial: list[tuple[int, bytes]]
) -> Difference:
    candidates = [(text, tasks[0]) for text, tasks in wanted.items()] + [(text, task) for task, text in partial]
    if not candidates:
        return Difference("bytes-extra", 0, 0, b"", output[at : at + SHOWN])
    text, task = max(candidates, key=lambda candidate: _common(output, at, candidate[0]))
    offset = _common(output, at, text)
    rest, expected = output[at + offset :], text[offset:]
    others = [other for other, _ in candidates if other != text]
    return Difference(_code(rest, expected, others), task, offset, expected[:SHOWN], rest[:SHOWN])


def _code(rest: bytes, expected: bytes, others: list[bytes]) -> str:
    """How output that goes on with `rest` differs from `expected`."""
    if not rest:
        return "poem-cut-short"
    if not expected:
        return "bytes-extra"
    for skipped in range(1, 17):
        if (after := expected[skipped : skipped + 8]) and rest.startswith(after):
            return "bytes-missing"
        if (after := rest[skipped : skipped + 8]) and expected.startswith(after):
            return "bytes-extra"
    if any(rest[:8] in other for other in others):
        return "poems-mixed"
    return "bytes-differ"
