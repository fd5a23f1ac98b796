"""Text to show: what a client printed is escaped, so that it cannot control the terminal; counts agree with nouns."""

from __future__ import annotations

import json
from typing import Any

LONGEST = 60


def excerpt(data: bytes, longest: int = LONGEST) -> str:
    """The first `longest` bytes as quoted text; bytes that are not printable UTF-8 are escaped."""
    shown = data[:longest]
    text = shown.decode("utf-8", errors="backslashreplace")
    return f"'{printable(text)}'" + ("..." if len(data) > longest else "")


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 cell`, `2 cells`; `plural` if it is not the noun with an s."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def byte_at(text: bytes, offset: int) -> str:
    """An offset for people: `byte 36 (line 2, column 15)`; bytes are counted from 0, lines and columns from 1."""
    before = text[:offset]
    # A character of which only a part comes before the offset is the one at the offset.
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", errors="ignore")) + 1
    return f"byte {offset} (line {before.count(10) + 1}, column {column})"


def printable(text: str) -> str:
    """The text, with all unprintable characters escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def printable_lines(text: str) -> str:
    """The text, with all unprintable characters escaped except the newlines."""
    return "\n".join(map(printable, text.split("\n")))


def printable_json(data: Any) -> str:
    """The data as indented JSON; unprintable characters are JSON escapes, so that they read back the same."""
    text = json.dumps(data, indent=1, ensure_ascii=False)
    return "".join(c if c == "\n" or c.isprintable() else json.dumps(c)[1:-1] for c in text)
