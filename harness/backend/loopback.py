"""Which hosts of the scenarios exist where the cells run: a loopback always has 127.0.0.1, but not always ::1."""

from __future__ import annotations

import socket
from pathlib import Path

from harness.spec.scenario import HOST

SIX = "::1"
# In a network of its own a container has ::1 only if this says so; without the file the kernel has no IPv6 at all.
SYSCTL = "net.ipv6.conf.all.disable_ipv6"


def kernel_has_ipv6() -> bool:
    """Whether a container can have ::1."""
    return Path("/proc/sys", *SYSCTL.split(".")).exists()


def lacks(host: str) -> str | None:
    """Why clients cannot be called with this host on this machine; None if they can."""
    if host == HOST:
        return None
    try:
        with socket.create_server((SIX, 0), family=socket.AF_INET6):
            pass
        found = [str(place[0]) for *_, place in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except OSError:
        return f"this machine has no IPv6 address {SIX}"
    if host != SIX and found != [SIX, HOST]:
        there = ", then ".join(found)
        return f"{host} stands for {there} on this machine, and not for {SIX}, then {HOST}: try --backend docker"
    return None
