"""The answers to the claims as text for a terminal and as a Markdown table."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from harness.printable import counted, printable

MARKS = {"holds": "+", "holds within limits": "~", "does not hold": "-", "cannot be observed": "?"}
NARROWEST = 60
WIDEST = 100  # columns; longer lines are hard to read


def text(answers: Sequence[dict[str, Any]], width: int = 80) -> str:
    """Each claim, by part, with its mark, the figures and the place of its first evidence; then counts of the marks."""
    width = min(max(width, NARROWEST), WIDEST)
    lines: list[str] = []
    part = None
    for one in answers:
        if one["part"] != part:
            part = one["part"]
            lines += ["", f"Part {part}"] if lines else [f"Part {part}"]
        answer = "" if one["answer"] == "holds" else f"{one['answer']}: "
        lines += _wrapped(f"{MARKS[one['answer']]} {one['id']}: {one['claim']}", width, 1, 3)
        lines += _wrapped(answer + one["figures"], width, 5, 5)
        if one["evidence"]:
            first, *others = one["evidence"]
            lines += _wrapped(f"[{first}{f' and {len(others)} more' if others else ''}]", width, 5, 6)
    counts = {answer: sum(one["answer"] == answer for one in answers) for answer in MARKS}
    counted_answers = ", ".join(f"{answer} ({MARKS[answer]}) {count}" for answer, count in counts.items() if count)
    lines += ["", *_wrapped(f"{counted(len(answers), 'claim')}: {counted_answers}.", width, 0, 2)]
    return "\n".join(lines) + "\n"


def _wrapped(line: str, width: int, first: int, rest: int) -> list[str]:
    return textwrap.wrap(
        printable(line),
        width,
        initial_indent=" " * first,
        subsequent_indent=" " * rest,
        break_on_hyphens=False,  # paths and names have hyphens
        break_long_words=False,  # so that a path can be copied
    )


def markdown(answers: Sequence[dict[str, Any]]) -> str:
    """A table with one row for each claim."""
    rows = ["| part | claim | answer | observed | evidence |", "|---|---|---|---|---|"]
    for one in answers:
        evidence = "<br>".join(f"`{path}`" for path in one["evidence"]) or "-"
        cells = (one["part"], f"`{one['id']}`: {one['claim']}", one["answer"], one["figures"], evidence)
        rows.append("| " + " | ".join(printable(str(cell)).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"
