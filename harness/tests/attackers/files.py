"""Tries to write where it may not, and to fill the places where it may write."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Callable
from pathlib import Path

from attempt import attempt

PIECE = bytes(1 << 16)
FAR_TOO_MUCH = 1 << 28


def fill(folder: str) -> Callable[[], int]:
    """Write until it is full; returns how many MB it holds."""

    def act() -> int:
        path, size = f"{folder}/filler", 0
        try:
            with open(path, "wb", buffering=0) as file:
                while size < FAR_TOO_MUCH:
                    size += file.write(PIECE)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
        finally:
            Path(path).unlink(missing_ok=True)
        return size >> 20

    return act


def open_many() -> int:
    """Raise the limit, then open as many files as possible; returns how many."""
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (200_000, 200_000))
    except (OSError, ValueError):
        pass
    files: list[int] = []
    try:
        while len(files) < 100_000:
            files.append(os.open("/dev/null", os.O_RDONLY))
    except OSError as error:
        if error.errno != errno.EMFILE:
            raise
    finally:
        for file in files:
            os.close(file)
    return len(files)


def new_file(folder: str) -> Callable[[], None]:
    return lambda: Path(folder, "new").touch()


def change(path: str) -> Callable[[], None]:
    return lambda: os.close(os.open(path, os.O_WRONLY))


def own_limit() -> str:
    """The file with the memory limit of its own control group, version 2 or 1."""
    second = "/sys/fs/cgroup/memory.max"
    return second if os.path.exists(second) else "/sys/fs/cgroup/memory/memory.limit_in_bytes"


for folder in ("/", "/client", "/lab", "/etc", "/usr/bin", "/dev", "/run", "/run/lock", "/sys/fs/cgroup", "/sys"):
    attempt(f"new file in {folder}", new_file(folder))
for path in ("/etc/hosts", "/etc/resolv.conf", "/etc/passwd", "/client/files.py"):
    attempt(f"change {path}", change(path))
for path in (
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/hostname",
    "/proc/sys/net/ipv4/ip_forward",
    "/sys/kernel/mm/transparent_hugepage/enabled",
):
    attempt(f"change {path}", change(path))
attempt("change its own limits", change(own_limit()))
attempt("a device", lambda: os.mknod("/tmp/disk", 0o60666, os.makedev(8, 0)))
for folder in ("/tmp", "/dev/shm", "/var/tmp"):
    attempt(f"fill {folder}", fill(folder))
attempt("open files", open_many)
