"""Showing what a client printed: never raw, so that nothing in it can act on a terminal."""

from __future__ import annotations

LONGEST = 60


def excerpt(data: bytes, longest: int = LONGEST) -> str:
    """The first bytes as quoted text: what is not printable, or not UTF-8, is escaped."""
    shown = data[:longest]
    text = shown.decode("utf-8", errors="backslashreplace")
    return f"'{printable(text)}'" + ("..." if len(data) > longest else "")


def printable(text: str) -> str:
    """The text with every character escaped that is not printable."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
