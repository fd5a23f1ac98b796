"""Showing what a client printed: never raw, so that nothing in it can act on a terminal."""

from __future__ import annotations

import json
from typing import Any

LONGEST = 60


def excerpt(data: bytes, longest: int = LONGEST) -> str:
    """The first bytes as quoted text: what is not printable, or not UTF-8, is escaped."""
    shown = data[:longest]
    text = shown.decode("utf-8", errors="backslashreplace")
    return f"'{printable(text)}'" + ("..." if len(data) > longest else "")


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 cell`, `2 cells`; `plural` if it is not the noun with an s."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def printable(text: str) -> str:
    """The text with every character escaped that is not printable."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def printable_lines(text: str) -> str:
    """The text with its lines as they are, and in them every character escaped that is not printable."""
    return "\n".join(map(printable, text.split("\n")))


def printable_json(data: Any) -> str:
    """The data as JSON, indented; what is not printable is escaped in JSON's own way, and so reads back the same."""
    text = json.dumps(data, indent=1, ensure_ascii=False)
    return "".join(c if c == "\n" or c.isprintable() else json.dumps(c)[1:-1] for c in text)
