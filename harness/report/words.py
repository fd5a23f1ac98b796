"""Small pieces of English that several reports share."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str = "") -> str:
    """The number with its noun: `1 cell`, `2 cells`, and for a noun with another plural `2 processes`."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"
