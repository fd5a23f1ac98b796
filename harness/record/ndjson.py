"""Records of one JSON object a line: send logs, transcripts, the lab's own reader's records, a demo's commands.

A last line without a newline was cut short by a crash, and is left out.  Anything else that is wrong is a UsageError
that names file, line and key, because a run's folder may come from anyone.
"""

from __future__ import annotations

import contextlib
import reprlib
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from harness.errors import UsageError
from harness.spec.data_file import why_unreadable

LATEST = 1e10  # seconds: three hundred years, more than any monotonic clock shows

Seconds = Annotated[float, msgspec.Meta(ge=0, le=LATEST)]
Whole = Annotated[int, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]

Record = TypeVar("Record")


class Unreadable(UsageError):
    """Recorded evidence that cannot be used: the message names the file, the line and what is wrong with it."""


def bad(path: Path, line: int, key: str, value: object, wanted: str) -> Unreadable:
    """The error that says what a line, counted from 1, holds at a key, and what was expected."""
    # Shortened, because the value may be very long.
    return Unreadable(f"{path}: line {line}: at {key}: {reprlib.repr(value)} is not {wanted}")


def read_ndjson(path: Path, kind: type[Record]) -> list[Record]:
    """The lines of a file, each as a `kind`; Unreadable if one is not, OSError if there is no file.

    Keys that `kind` does not have are ignored.
    """
    data = path.read_bytes()
    data = data[: data.rfind(b"\n") + 1]
    decoder = msgspec.json.Decoder(kind)
    with contextlib.suppress(*_WRONG):
        records = decoder.decode_lines(data)
        if len(records) == data.count(b"\n"):
            return records
    # One by one, to name the line that is wrong.
    return [_decoded(decoder, path, number, line) for number, line in enumerate(data.splitlines(), 1)]


_WRONG = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def _decoded(decoder: msgspec.json.Decoder[Record], path: Path, number: int, line: bytes) -> Record:
    try:
        return decoder.decode(line)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at `$")
        at = f"at {place.strip('.`')}: " if place else ""
        raise Unreadable(f"{path}: line {number}: {at}{said[0].lower()}{said[1:]}") from None
    except _WRONG as error:
        said = why_unreadable(error).removeprefix("JSON is malformed: ")
        raise Unreadable(f"{path}: line {number}: not JSON: {said}") from None
