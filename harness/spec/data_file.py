"""The lab's data files, TOML or JSON: read, and checked with a JSON Schema of `harness/spec/schemas/`."""

from __future__ import annotations

import difflib
import json
import math
import re
import stat
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from harness.errors import UsageError
from harness.paths import SCHEMAS
from harness.printable import printable

LARGEST = 1 << 20  # bytes of a TOML file; people write them by hand
DEEPEST = 32  # levels of nesting; the lab's own files have seven
LAST = 2**63 - 1  # TOML has no larger whole number, and the lab needs none in JSON
WORDS = 300  # characters: a message may quote a large part of the file
# No name, sentence or command contains these characters; the recorded output of a program may contain some of them.
NOT_IN_TOML = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
NOT_IN_JSON = re.compile(r"[\x00\ud800-\udfff]")


# In JSON Schema 1.0 is an integer; in TOML and Python it is a float, and cannot be used as a count.
_DRAFT = jsonschema.Draft202012Validator
_TYPES = _DRAFT.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
_Validator = jsonschema.validators.extend(_DRAFT, type_checker=_TYPES)  # type: ignore[no-untyped-call]


@cache
def _validator(schema: str) -> Any:
    text = (SCHEMAS / f"{schema}.schema.json").read_text("utf-8")
    return _Validator(json.loads(text))


def check(data: object, schema: str, path: Path, *within: object) -> None:
    """Check `data`, which is at the place `within` in the file; UsageError names the file, the place and the fault."""
    error = jsonschema.exceptions.best_match(_validator(schema).iter_errors(data))
    if error is not None:
        raise bad(path, [*within, *error.absolute_path], _fault(error))


def _fault(error: Any) -> str:
    if error.validator != "additionalProperties":
        return str(error.message)
    known = error.schema.get("properties", {})
    word = next(key for key in error.instance if key not in known)
    near = difflib.get_close_matches(word, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
    return f"unknown key {word!r}; {hint}"


def bad(path: Path, place: Iterable[object], fault: str) -> UsageError:
    """The error that names the file, the place in it (a list of keys and indices), and the fault."""
    where = ".".join(map(str, place)) or "top level"
    return UsageError(f"{path}: at {_short(where)}: {_short(fault)}")


def _short(text: str) -> str:
    said = printable(text)
    return said if len(said) <= WORDS else f"{said[: WORDS // 2]} ... {said[-WORDS // 2 :]}"


def _check_values(data: object, not_in_text: re.Pattern[str], path: Path) -> None:
    """Check what no schema checks: numbers must be finite and not too large, texts must have no control characters."""
    for place, value in _values(data, path):
        if isinstance(value, str) and (found := not_in_text.search(value)):
            raise bad(path, place, f"the character {found[0]!r} is not allowed in a text")
        if isinstance(value, float) and not math.isfinite(value):
            raise bad(path, place, f"{value} is not a finite number")
        if isinstance(value, int) and abs(value) > LAST:
            raise bad(path, place, f"the number is too large; its absolute value may be {LAST} at most")


def _values(data: object, path: Path) -> Iterator[tuple[tuple[object, ...], object]]:
    """All keys and values, each with its place.

    Not recursive: a file may be nested more deeply than Python's call stack allows.
    """
    left: list[tuple[tuple[object, ...], object]] = [((), data)]
    while left:
        place, value = left.pop()
        if len(place) > DEEPEST:
            raise bad(path, place[:1], f"nested too deeply; {DEEPEST} levels are allowed at most")
        yield place, value
        if isinstance(value, dict):
            for key, each in value.items():
                yield place, key
                left.append(((*place, key), each))
        elif isinstance(value, list):
            left += [((*place, index), each) for index, each in enumerate(value)]


def _read(path: Path, largest: float = math.inf) -> bytes:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
            raise UsageError(f"{path}: not a file")
        if found.st_size > largest:
            raise UsageError(f"{path}: has {found.st_size} bytes; {largest} are allowed at most")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def why_unreadable(error: Exception) -> str:
    """Why bytes are no JSON or TOML, in words for people."""
    match error:
        case UnicodeDecodeError():
            return f"the byte at {error.start} is not UTF-8"
        case json.JSONDecodeError():
            return f"{error.msg} at line {error.lineno}, column {error.colno}"
        case RecursionError():
            return "nested too deeply"
    return str(error)


def read_toml(path: Path, schema: str) -> dict[str, Any]:
    """Read and check one TOML file; UsageError if it cannot be read or is invalid."""
    text = _read(path, LARGEST)
    try:
        data = tomllib.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a TOML file: {_short(why_unreadable(error))}") from None
    _check_values(data, NOT_IN_TOML, path)
    check(data, schema, path)
    return data


def load_json(path: Path) -> Any:
    """The data in a JSON file, not checked with a schema; UsageError if it cannot be read or is not usable JSON."""
    text = _read(path)
    try:
        data = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a JSON file: {_short(why_unreadable(error))}") from None
    _check_values(data, NOT_IN_JSON, path)
    return data


def read_json(path: Path, schema: str, *, version: int | None = None) -> Any:
    """Read and check one JSON file; UsageError if it cannot be read, is invalid, or has another schema version."""
    data = load_json(path)
    if version and isinstance(data, dict) and data.get("schema", version) != version:
        said = _short(repr(data["schema"]))
        raise UsageError(f"{path}: has schema {said}, from another version of the lab; this version reads {version}")
    check(data, schema, path)
    return data
