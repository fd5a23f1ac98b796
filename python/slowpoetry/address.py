"""Where a poem is served: `[host:]port` on the command line, `host:port` in every message.

Addresses are IPv4 or names that lead to it, as in the seed, so that all clients of the lab take the
same road to the same server. Nothing is looked up here: an address that parses may still not exist.
"""

from collections.abc import Iterable
from typing import NamedTuple

DEFAULT_HOST = "127.0.0.1"
LAST_PORT = 65535


class Address(NamedTuple):
    """A host (name or IPv4 address) and a TCP port: the pair that sockets take."""

    host: str
    port: int


class UsageError(Exception):
    """A command line that is no list of addresses; its text names the bad argument."""


def parse_addresses(arguments: Iterable[str]) -> list[Address]:
    """Return the addresses, task 1 first, or raise UsageError for the first bad one, or for none."""
    addresses = [_parse_address(argument) for argument in arguments]
    if not addresses:
        raise UsageError("no address given")
    return addresses


def format_address(address: Address) -> str:
    """Return `host:port`, also where the command line named only the port."""
    return f"{address.host}:{address.port}"


def _parse_address(argument: str) -> Address:
    host, colon, port = argument.rpartition(":")
    if not colon:
        host = DEFAULT_HOST
    if not host:
        raise UsageError(f"bad argument {argument!r}: the host is empty")
    if host.startswith("-"):
        raise UsageError(f"bad argument {argument!r}: there is no such option, and no host is called so")
    if ":" in host:
        raise UsageError(f"bad argument {argument!r}: more than one colon")
    try:
        # The runtimes disagree on a host that cannot be spelt as a name (Twisted asks for it for a minute).
        host.encode("idna")
    except UnicodeError:
        raise UsageError(f"bad argument {argument!r}: no host can be called that") from None
    # int() alone would also take "+1", "1_0" and digits of other scripts, and not take thousands of zeros.
    digits = port.lstrip("0")
    if not (port.isascii() and port.isdigit() and 1 <= len(digits) <= 5 and int(digits) <= LAST_PORT):
        raise UsageError(f"bad argument {argument!r}: the port is no number from 1 to {LAST_PORT}")
    return Address(host, int(digits))
