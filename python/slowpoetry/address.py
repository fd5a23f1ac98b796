"""The address of a server: `[host:]port` on the command line, `host:port` in every message.

A host is a name, an IPv4 address, or an IPv6 address in brackets: `[::1]:10001` (RFC 3986). Nothing is looked up here:
an address that parses may still not exist.
"""

import socket
from collections.abc import Iterable
from typing import NamedTuple

DEFAULT_HOST = "127.0.0.1"
LAST_PORT = 65535
IN_BRACKETS = "an IPv6 address is written in brackets, before a port, like [::1]:10001"


class Address(NamedTuple):
    """A host (name, IPv4 or IPv6 address, without brackets) and a TCP port, as sockets take them."""

    host: str
    port: int


class UsageError(Exception):
    """The command line is not a list of addresses; the text names the bad argument."""


def parse_addresses(arguments: Iterable[str]) -> list[Address]:
    """Return the addresses, task 1 first; raise UsageError if one is bad or if there is none."""
    addresses = [_parse_address(argument) for argument in arguments]
    if not addresses:
        raise UsageError("no address given")
    return addresses


def format_address(address: Address) -> str:
    """Return `host:port`, even if the command line named only the port; an IPv6 address is put in brackets."""
    return f"[{address.host}]:{address.port}" if ":" in address.host else f"{address.host}:{address.port}"


def is_ipv6(host: str) -> bool:
    """Return whether the host is an IPv6 address (RFC 5952), without brackets and without a zone."""
    try:
        socket.inet_pton(socket.AF_INET6, host)
    except (OSError, ValueError):  # ValueError: it holds characters that no address has
        return False
    return True


def is_numeric(host: str) -> bool:
    """Return whether the host is an IPv4 or IPv6 address, and no name that must be looked up."""
    try:
        socket.inet_pton(socket.AF_INET, host)
    except (OSError, ValueError):
        return is_ipv6(host)
    return True


def _parse_address(argument: str) -> Address:
    if argument.startswith("["):
        host, bracket, port = argument[1:].partition("]:")
        if not (bracket and is_ipv6(host)):
            raise UsageError(f"bad argument {argument!r}: {IN_BRACKETS}")
    else:
        host, colon, port = argument.rpartition(":")
        if not colon:
            host = DEFAULT_HOST
        _check_name(argument, host)
    # int() alone would accept "+1", "1_0" and digits of other scripts, and would reject thousands of zeros.
    digits = port.lstrip("0")
    if not (port.isascii() and port.isdigit() and 1 <= len(digits) <= 5 and int(digits) <= LAST_PORT):
        raise UsageError(f"bad argument {argument!r}: the port is not a number from 1 to {LAST_PORT}")
    return Address(host, int(digits))


def _check_name(argument: str, host: str) -> None:
    if not host:
        raise UsageError(f"bad argument {argument!r}: the host is empty")
    if host.startswith("-"):
        raise UsageError(f"bad argument {argument!r}: there is no such option, and a host cannot begin with '-'")
    if ":" in host:
        raise UsageError(f"bad argument {argument!r}: more than one colon; {IN_BRACKETS}")
    try:
        # The runtimes treat such a host differently; Twisted, for example, tries to look it up for a minute.
        host.encode("idna")
    except UnicodeError:
        raise UsageError(f"bad argument {argument!r}: this is not a possible host name") from None
