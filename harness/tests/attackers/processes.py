"""Tries to see and to stop other processes, and to get more rights.

Its argument is the lab's process id on the machine.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from attempt import attempt

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x20000, 0x10000000, 0x40000000
PTRACE_SEIZE = 0x4206
MS_BIND = 4096


def call(name: str, *arguments: object) -> Callable[[], None]:
    """Call a function of the C library; OSError if it returns -1."""

    def act() -> None:
        if getattr(LIBC, name)(*arguments) == -1:
            raise OSError(ctypes.get_errno(), "")

    return act


def others() -> int:
    """The visible processes other than this one and the container's first; raises if there are none."""
    seen = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    strangers = [pid for pid in seen if pid not in (1, os.getpid())]
    if not strangers:
        raise OSError("none")
    return len(strangers)


def secrets() -> str:
    """The environment variables that not every client gets."""
    given = {"HOME", "LANG", "PATH", "TZ", "HOSTNAME", "LC_CTYPE", "PYTHONPATH"}
    more = sorted(set(os.environ) - given)
    if not more:
        raise OSError("none")
    return " ".join(more)


def priority() -> None:
    os.nice(-5)


def real_time() -> None:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


def engine() -> None:
    for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock"):
        with socket.socket(socket.AF_UNIX) as asked:
            try:
                asked.connect(path)
            except FileNotFoundError:
                continue
            return
    raise OSError("none")


pid = int(sys.argv[1])
attempt("see other processes", others)
attempt("signal the lab", lambda: os.kill(pid, signal.SIGCONT))
attempt("trace the lab", call("ptrace", PTRACE_SEIZE, pid, 0, 0))
attempt("secrets", secrets)
attempt("the engine", engine)
attempt("become root", lambda: os.setuid(0))
attempt("become another user", lambda: os.setuid(1000))
attempt("more priority", priority)
attempt("real-time priority", real_time)
attempt("mount", call("mount", b"/", b"/tmp", b"none", MS_BIND, 0))
attempt("new user namespace", call("unshare", CLONE_NEWUSER))
attempt("new mount namespace", call("unshare", CLONE_NEWNS))
attempt("new network namespace", call("unshare", CLONE_NEWNET))
attempt("join a namespace", lambda: call("setns", os.open("/proc/1/ns/mnt", os.O_RDONLY), 0)())
attempt("change root", lambda: os.chroot("/tmp"))
attempt("kernel log", call("klogctl", 3, ctypes.create_string_buffer(64), 64))
attempt("host name", call("sethostname", b"x", 1))
attempt("clock", call("clock_settime", 0, ctypes.create_string_buffer(16)))
attempt("reboot", call("reboot", 0))


status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines())
for name in ("CapBnd", "NoNewPrivs", "Seccomp"):
    print(name, status[name], sep="\t")
