"""Shared by the fuzzing tests: the number of examples, odd values, and data and bytes damaged in odd ways.

In CI they are short and always use the same examples.  By hand, with other examples each time:

    FUZZ_EXAMPLES=2000 ./lab python -m pytest harness/tests/*/test_fuzz_*.py
"""

from __future__ import annotations

import copy
import datetime
import json
import os
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.printable import printable

T = TypeVar("T")
MESSAGE = 1000  # characters: the longest acceptable message

LONG = os.environ.get("FUZZ_EXAMPLES")


def fuzz(examples: int) -> settings:
    """The settings of a fuzzing test; no test of the lab may fail because it is slow."""
    return settings(
        max_examples=int(LONG) if LONG else examples,
        derandomize=LONG is None,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def accepted(read: Callable[[], T], *names: str) -> T | None:
    """What was read; None if it was refused with one printable line that contains all these names."""
    try:
        return read()
    except UsageError as error:
        message = str(error)
        assert printable(message).isprintable() and len(message) < MESSAGE, message
        assert all(name in message for name in names), message
        return None


NUMBERS = (0, 1, -1, 2, 255, 70_000, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**70), 10**400)
FLOATS = (0.0, -0.0, 0.1, -1.5, 1e-320, 1e10, 1e308, float("nan"), float("inf"), float("-inf"))
WORDS = (
    *(
        "",
        " ",
        "a\n",
        "\n",
        "\t",
        "\0",
        "\x1b[2J",
        "\x9b",
        "\x7f",
        "\u202e",
        "\u2028",
        "\ufeff",
        "é",
        "e\u0301",
        "古池",
    ),
    *("\ud800", "a" * 41, "a" * 5000, "-", "--help", "a b", "A", "a:b", "%s", "{}", "<script>", "'\"", "\\"),
    *("..", ".", "/", "/etc/passwd", "../../../etc/passwd", "a/../b", "./a", "a//b", "nan", "all", "any", "1"),
)
DATES = (datetime.date(1, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59), datetime.time(0, 0))


def _nested(levels: int, inner: Any) -> Any:
    for _ in range(levels):
        inner = [inner]
    return inner


def odd_values(*words: str) -> st.SearchStrategy[Any]:
    """Any value that a person, a program or an attacker might write, including `words`."""
    return st.one_of(
        st.sampled_from([*NUMBERS, *FLOATS, True, False, None]),
        st.sampled_from([*WORDS, *words]),
        st.sampled_from([[], {}, [[]], {"": 1}, _nested(31, 1), _nested(100, 1), [1] * 50]),
        st.text(max_size=12),
        st.integers(-10, 10_000),
        st.floats(0, 100),
    )


def _places(data: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of each value in the data."""
    keys = data.keys() if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    for key in keys:
        yield (*place, key)
        yield from _places(data[key], (*place, key))


@st.composite
def changed(draw: st.DrawFn, data: Any, odd: st.SearchStrategy[Any]) -> Any:
    """The data with one to three changes: values dropped, replaced, doubled, added, or copied from another place."""
    data = copy.deepcopy(data)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(data))
        if not places:
            break
        *way, key = draw(st.sampled_from(places))
        home = data
        for step in way:
            home = home[step]
        match draw(st.sampled_from(["drop", "replace", "replace", "replace", "double", "add", "elsewhere"])):
            case "drop":
                del home[key]
            case "replace":
                home[key] = copy.deepcopy(draw(odd))
            case "double" if isinstance(home, list):
                home.insert(key, copy.deepcopy(home[key]))
            case "elsewhere":
                other: Any = data
                for step in draw(st.sampled_from(places)):
                    other = other[step]
                home[key] = copy.deepcopy(other)
            case _:
                name = draw(st.sampled_from(["another", "", "a.b", "\n"]))
                value = copy.deepcopy(draw(odd))
                home.append(value) if isinstance(home, list) else home.update({name: value})
    return data


@st.composite
def spoilt(draw: st.DrawFn, data: bytes) -> bytes:
    """The bytes with a part cut out, doubled, or replaced, or cut off."""
    start = draw(st.integers(0, len(data)))
    end = min(len(data), start + draw(st.integers(0, 40)))
    match draw(st.sampled_from(["replace", "replace", "double", "cut off", "all"])):
        case "replace":
            return data[:start] + draw(st.binary(max_size=8)) + data[end:]
        case "double":
            return data[:end] + data[start:]
        case "cut off":
            return data[:start]
    return draw(
        st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode("utf-8", "ignore")))
    )


def toml(data: dict[str, Any]) -> str:
    """A TOML file of this data; it is invalid if TOML cannot express a value."""
    return "".join(f"{_text(key)} = {_toml(value)}\n" for key, value in data.items())


def _toml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _text(value)
        case dict():
            return "{" + ", ".join(f"{_text(key)} = {_toml(each)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case datetime.date() | datetime.time():
            return value.isoformat()
    return repr(value)


def _text(text: str) -> str:
    quoted = (f"\\U{ord(c):08X}" if not c.isprintable() or c in '"\\' else c for c in text)
    return f'"{"".join(quoted)}"'


def json_line(data: Any) -> bytes:
    """JSON as an attacker might write it, with NaN and lone surrogates."""
    return json.dumps(data).encode()
