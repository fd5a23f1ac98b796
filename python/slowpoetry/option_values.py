"""The values of the servers' options, for programs with argparse and for twistd (twisted.python.usage).

Each function takes the text from the command line and returns the value, or raises BadValue.  The text of BadValue
says what was expected; both libraries show it to the user.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from slowpoetry.address import LAST_PORT, Address, UsageError, parse_addresses


class BadValue(argparse.ArgumentTypeError, ValueError):
    """A value cannot be used.  argparse shows the text of an ArgumentTypeError, twistd that of a ValueError."""


class UnreadablePoem(BadValue):
    """A poem cannot be read from its file; the text names the file and says why."""


def _number(text: str, kind: type[int] | type[float], least: float, most: float, wanted: str) -> float:
    # int() and float() alone would accept "1_0", " 1" and digits of other scripts.
    plain = text.isascii() and not set(text) & set("_ \t\n")
    try:
        value = kind(text) if plain else None
    except ValueError:
        value = None
    if value is None or not least <= value <= most:
        raise BadValue(f"{text!r} is not {wanted}")
    return value


def listening_port(text: str) -> int:
    """A port to listen on; 0 stands for any free port."""
    return int(_number(text, int, 0, LAST_PORT, f"a port from 0 to {LAST_PORT}"))


def interface(text: str) -> str:
    """An address to listen on; an IPv6 address has no brackets here, because no port follows it."""
    if "[" in text:
        raise BadValue(f"{text!r} is not an address without brackets")
    return text


def seconds(text: str) -> float:
    """A time in seconds, up to an hour."""
    return _number(text, float, 0, 3600, "a number of seconds from 0 to 3600")


def num_bytes(text: str) -> int:
    """The size of a chunk."""
    return int(_number(text, int, 1, 1 << 30, "a number of bytes of 1 or more"))


def share(text: str) -> float:
    """A share from 0 to 1."""
    return _number(text, float, 0, 1, "a share from 0 to 1")


def upstream(text: str) -> Address:
    """The address of the server behind a proxy: `[host:]port`."""
    try:
        [address] = parse_addresses([text])
    except UsageError as error:
        raise BadValue(str(error)) from None
    return address


def read_poem(path: Path) -> bytes:
    """Return the bytes of the file, or raise UnreadablePoem."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadablePoem(f"cannot read the poem {str(path)!r}: {error.strerror}") from None


def poem_file(text: str) -> Path:
    """A file that can be read now, as an absolute path, because a daemon may change its working directory."""
    read_poem(Path(text))
    return Path(text).absolute()
