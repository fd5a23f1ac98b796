"""The usual mistakes with encodings: bytes that were taken for text."""

from __future__ import annotations

import codecs

from harness.record.stdout_poems import Difference

REPLACED = "�".encode()
MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
BEHIND = 3  # bytes before a difference that can belong to the same character


def mark_advice(difference: Difference, rest: bytes) -> str:
    """Advice if a poem begins with a byte order mark; "" if it does not."""
    if difference.offset or not rest.startswith(MARKS):
        return ""
    return "An encoding such as utf-8-sig or UTF-16 adds a byte order mark: write the bytes as they are."


def encoding_advice(difference: Difference, poem: bytes, rest: bytes) -> str:
    """Advice if the first difference comes from an encoding; "" if it does not."""
    at = difference.offset
    if at >= len(poem) or all(byte < 0x80 for byte in poem[max(0, at - BEHIND) : at + BEHIND]):
        return ""
    keep = "Keep bytes as bytes, or decode a poem only when it is complete."
    for behind in range(min(BEHIND, at) + 1):
        came = poem[at - behind : at] + difference.got
        doubled = poem[at - behind : at + 2].decode("latin-1").encode()
        if poem[at - behind] >= 0x80 and came.startswith(doubled):
            return f"Each byte was read as a Latin-1 character and encoded again as UTF-8. {keep}"
        if came.startswith(REPLACED) or (behind == 0 and came.startswith(b"?")):
            return f"A read ended in the middle of a character, and you decoded that read on its own. {keep}"
    if difference.code == "bytes-extra":
        return ""
    # What such a decoder leaves is valid, and has all line ends, also the one after the poem.
    due = _ascii(poem[at:] + b"\n")
    if poem[at] >= 0x80 and _ascii(rest).startswith(due) and _valid(rest[: len(poem) - at]):
        return f"Bytes outside ASCII are missing: a decoder that ignores errors drops half a character. {keep}"
    return ""


def _ascii(text: bytes) -> bytes:
    return bytes(byte for byte in text if byte < 0x80)


def _valid(text: bytes) -> bool:
    """Whether it is UTF-8, except that a character at its end may be cut."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(text)
    except UnicodeDecodeError:
        return False
    return True
