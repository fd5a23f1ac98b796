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


def printable(text: str) -> str:
    """The text, with all unprintable characters escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def printable_lines(text: str) -> str:
    """The text, with all unprintable characters escaped except the newlines."""
    return "\n".join(map(printable, text.split("\n")))


def counted(count: int, one: str, several: str = "") -> str:
    """The count with its noun, such as `1 cell` and `2 cells`; `several` is the plural, by default with an s."""
    return f"{count} {one if count == 1 else several or f'{one}s'}"


def printable_json(data: Any) -> str:
    """The data as indented JSON; unprintable characters are JSON escapes, so that they read back the same."""
    text = json.dumps(data, indent=1, ensure_ascii=False)
    return "".join(c if c == "\n" or c.isprintable() else json.dumps(c)[1:-1] for c in text)
