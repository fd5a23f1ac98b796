"""Tries to stop, to see or to imitate the servers of its own pod.

Its arguments: the port of one of them, the process id of their program on the machine, and their folder there.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from attempt import attempt

SOCK_DIAG, SOCK_DESTROY = 4, 21  # sock_diag(7), linux/sock_diag.h


def listen(host: str, port: int, *options: int) -> Callable[[], None]:
    def act() -> None:
        with socket.socket() as listening:
            for option in options:
                listening.setsockopt(socket.SOL_SOCKET, option, 1)
            listening.bind((host, port))
            listening.listen()

    return act


def see() -> object:
    """Other processes than this one and the container's first, by any way in /proc."""
    found = [entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    strangers = [pid for pid in found if int(pid) not in (1, os.getpid())]
    if not strangers:
        raise OSError("none")
    return strangers


def control_sockets() -> object:
    """Sockets of the Unix domain that listen: a pod's network has its own abstract names."""
    lines = Path("/proc/net/unix").read_text().splitlines()[1:]
    found = [line.split()[-1] for line in lines if "@" in line or "/" in line]
    if not found:
        raise OSError("none")
    return found


def destroy(port: int) -> Callable[[], None]:
    """Ask the kernel to end the socket that listens at this port, as `ss -K` does."""

    def act() -> None:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG) as link:
            addresses = socket.inet_aton("127.0.0.1").ljust(16, b"\0") + bytes(16)
            where = struct.pack(">HH", port, 0) + addresses + struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
            body = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 1 << 10) + where
            link.send(struct.pack("=IHHII", 16 + len(body), SOCK_DESTROY, 5, 1, 0) + body)
            answer = link.recv(4096)
            error = -struct.unpack("=i", answer[16:20])[0]
            if error:
                raise OSError(error, os.strerror(error))

    return act


port, pid, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
attempt("another server at the same port", listen("127.0.0.1", port))
attempt("the same port, with SO_REUSEPORT", listen("127.0.0.1", port, socket.SO_REUSEPORT))
attempt("the same port, at all addresses", listen("0.0.0.0", port, socket.SO_REUSEADDR))
attempt("see the servers", see)
attempt("signal the servers", lambda: os.kill(pid, signal.SIGTERM))
attempt("read their folder", lambda: list(Path(folder).iterdir()))
attempt("their control sockets", control_sockets)
attempt("end their connections (ss -K)", destroy(port))
