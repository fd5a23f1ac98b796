"""Tries to reach more than its own servers (other machines, this machine, other runs), and to work below TCP.

Its arguments NAME=HOST:PORT say what to connect to.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from attempt import attempt

SIOCADDRT, SIOCSIFADDR = 0x890B, 0x8916
SECONDS = 3


def connect(host: str, port: int) -> Callable[[], None]:
    def act() -> None:
        with socket.create_connection((host, port), timeout=SECONDS):
            pass

    return act


def datagram(host: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", (host, 53))


def opened(*kind: int) -> Callable[[], None]:
    return lambda: socket.socket(*kind).close()


def change(request: int, data: bytes) -> Callable[[], object]:
    def act() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, request, data)

    return act


def address(host: str) -> bytes:
    return struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(host))


def add_route() -> bytes:
    """A `struct rtentry` for a route through an address of the loopback interface."""
    return struct.pack("=Q16s16s16sH6x40x", 0, address("0.0.0.0"), address("127.0.0.2"), address("0.0.0.0"), 3)


def resolve(name: str) -> Callable[[], object]:
    return lambda: socket.getaddrinfo(name, 80)[0][4][0]


def other_families() -> object:
    """The IPv6 addresses, without the loopback's."""
    lines = Path("/proc/net/if_inet6").read_text().splitlines()
    found = [line.split()[0] for line in lines if line.split()[-1] != "lo"]
    if not found:
        raise OSError("none")
    return found


def other_interfaces() -> object:
    found = [name for _, name in socket.if_nameindex() if name != "lo"]
    if not found:
        raise OSError("none")
    return found


for target in sys.argv[1:]:
    name, _, place = target.partition("=")
    host, _, port = place.rpartition(":")
    attempt(name, connect(host, int(port)))
attempt("outside, by datagram", lambda: datagram("198.51.100.1"))
attempt("outside, by name", resolve("example.org"))
attempt("this machine, by name", resolve("host.docker.internal"))
attempt("raw packets", opened(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP))
attempt("frames", opened(socket.AF_PACKET, socket.SOCK_RAW))
attempt("new route", change(SIOCADDRT, add_route()))
attempt("new address", change(SIOCSIFADDR, b"lo".ljust(16, b"\0") + address("10.11.12.13")))
attempt("version 6", other_families)
attempt("other interfaces", other_interfaces)
