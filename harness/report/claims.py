"""The answers to the claims: for a terminal, and as a Markdown table."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from harness.show import printable

MARKS = {"holds": "+", "holds within limits": "~", "does not hold": "-", "cannot be observed": "?"}
NARROWEST = 60


def text(answers: Sequence[dict[str, Any]], width: int = 80) -> str:
    """By part: the claim, its answer, the figures and where the evidence lies; and a count at the end."""
    width = max(width, NARROWEST)
    lines: list[str] = []
    part = None
    for one in answers:
        if one["part"] != part:
            part = one["part"]
            lines += ["", f"Part {part}"] if lines else [f"Part {part}"]
        mark = MARKS[one["answer"]]
        lines += textwrap.wrap(f"{mark} {one['id']}: {one['claim']}", width, subsequent_indent="  ")
        lines += textwrap.wrap(
            f"{one['answer']}: {one['figures']}", width, initial_indent="    ", subsequent_indent="      "
        )
        lines.append(f"    {one['evidence']}")
    counts = {answer: sum(one["answer"] == answer for one in answers) for answer in MARKS}
    told = ", ".join(f"{count} {answer}" for answer, count in counts.items() if count)
    lines += ["", f"{len(answers)} claims: {told}."]
    return "\n".join(printable(line) for line in lines) + "\n"


def markdown(answers: Sequence[dict[str, Any]]) -> str:
    """A row a claim."""
    rows = ["| part | claim | answer | observed | evidence |", "|---|---|---|---|---|"]
    for one in answers:
        cells = (one["part"], f"`{one['id']}`: {one['claim']}", one["answer"], one["figures"], f"`{one['evidence']}`")
        rows.append("| " + " | ".join(printable(str(cell)).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"
