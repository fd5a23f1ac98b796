"""A lesson on a terminal: code and output of each language, side by side if the terminal is wide enough."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.lesson.lesson import Lesson, languages_with_lessons
from harness.printable import printable

COLUMN = 48  # the least width of a column if there are several side by side
GAP = " │ "
NARROWEST = 40


@dataclass(frozen=True)
class Pane:
    """One language: code and output with their headings, and the problems of the output."""

    code_heading: str
    code: str
    output_heading: str
    output: str
    faults: Sequence[str] = ()


def page(lesson: Lesson, panes: Sequence[Pane], width: int | None) -> str:
    """The whole lesson for a terminal of this width; with None, for a file or a pipe, no line is folded."""
    title = f"{lesson.name}: {lesson.title} (part {lesson.part})"
    abreast = 1 if width is None else max(1, min(len(panes), (width + len(GAP)) // (COLUMN + len(GAP))))
    rows = [panes[start : start + abreast] for start in range(0, len(panes), abreast)]
    wide = None if width is None else max(NARROWEST, width)
    parts = ["\n".join(_folded(title, wide)), *(_row(row, wide) for row in rows)]
    return "\n\n".join(parts) + "\n"


def _row(panes: Sequence[Pane], width: int | None) -> str:
    column = None if width is None else (width + len(GAP)) // len(panes) - len(GAP)
    codes = [_block(pane.code_heading, pane.code.splitlines(), column) for pane in panes]
    outputs = [_block(pane.output_heading, pane.output.splitlines(), column) for pane in panes]
    faults = [_block("PROBLEMS", pane.faults, column) if pane.faults else [] for pane in panes]
    return "\n\n".join(_side_by_side(blocks, column) for blocks in (codes, outputs, faults) if any(blocks))


def _block(heading: str, lines: Iterable[str], width: int | None) -> list[str]:
    folded = [_folded(printable(line.expandtabs()), width) for line in lines]
    return [*_folded(f"== {heading} ==", width), *itertools.chain.from_iterable(folded)]


def _folded(line: str, width: int | None) -> list[str]:
    """The line, folded if it is too long; its further parts are indented by four more columns."""
    if width is None or len(line) <= width:
        return [line]
    indent = " " * min(len(line) - len(line.lstrip()) + 4, width // 2)
    return textwrap.wrap(line, width, subsequent_indent=indent, replace_whitespace=False, break_on_hyphens=False)


def _side_by_side(blocks: Sequence[Sequence[str]], width: int | None) -> str:
    if len(blocks) == 1:
        return "\n".join(blocks[0])
    assert width is not None
    rows = itertools.zip_longest(*blocks, fillvalue="")
    return "\n".join(GAP.join(part.ljust(width) for part in row).rstrip() for row in rows)


def index(lessons: Iterable[Lesson], width: int | None) -> str:
    """All lessons by part: name, the initials of its languages, and title."""
    known = list(lessons)
    name_width = max(len(lesson.name) for lesson in known)
    languages = list(languages_with_lessons())
    legend = ", ".join(f"{language[0]}: {language}" for language in languages)
    lines = [f"{legend}; ./lab lesson NAME shows and runs one"]
    for part, group in itertools.groupby(known, key=lambda lesson: lesson.part):
        lines.append(f"part {part}")
        for lesson in group:
            has = {variant.language for variant in lesson.variants}
            initials = " ".join(language[0] if language in has else " " for language in languages)
            start = f"  {lesson.name.ljust(name_width)}  {initials}  "
            wide = 1000 if width is None else max(NARROWEST, width)
            lines += textwrap.wrap(lesson.title, wide, initial_indent=start, subsequent_indent=" " * len(start))
    return "\n".join(lines) + "\n"
