"""Why no container engine answers: where the lab asked, what came, and what the user can do, one line each."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT = "unix:///var/run/docker.sock"
CONNECT_SECONDS = 10
WITHOUT = "use --backend local, which needs no engine"
START = "start it: sudo systemctl start docker"


@dataclass(frozen=True)
class Silence:
    """An engine that does not answer: `asked` is its address, `came` the answer, `remedy` what to do."""

    asked: str
    came: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.asked}: {self.came}"

    def lines(self) -> str:
        """The three of them for people, each on its own line."""
        named = "from DOCKER_HOST" if os.environ.get("DOCKER_HOST") else "the default; DOCKER_HOST is not set"
        return f"\n  asked    {self.asked} ({named})\n  answer   {self.came}\n  to do    {self.remedy}, or {WITHOUT}"

    @property
    def forbidden(self) -> bool:
        """Whether an engine is there, but not for this user."""
        return self.came.startswith("permission denied")


def unreachable() -> Silence | None:
    """Connect to the engine's address and say why this fails; None if it works.

    Without the SDK: its errors are long, and it leaves the socket open.
    """
    asked = os.environ.get("DOCKER_HOST") or DEFAULT
    if asked.startswith("ssh://"):
        return Silence(asked, "the lab does not use ssh", "run the lab on that machine")
    if asked.startswith("unix://"):
        return _no_socket(asked, asked.removeprefix("unix://"))
    nowhere = Silence(asked, "this is not an address", "write unix:///PATH or tcp://HOST:PORT into DOCKER_HOST")
    try:
        url = urlsplit(asked if "://" in asked else f"tcp://{asked}")
        host, port = url.hostname, url.port
    except ValueError:
        return nowhere
    if url.scheme not in ("tcp", "http", "https") or not host or not port:
        return nowhere
    try:
        socket.create_connection((host, port), CONNECT_SECONDS).close()
    except OSError as error:
        return Silence(asked, _words(error), "start the engine there, or correct DOCKER_HOST")
    return None


def _no_socket(asked: str, path: str) -> Silence | None:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError as error:
            match error.errno:
                case errno.EACCES:
                    return _forbidden(asked, path)
                case errno.ECONNREFUSED:
                    return Silence(asked, "refused: the socket is there, but no engine listens on it", START)
                case errno.ENOENT:
                    return _missing(asked)
            return Silence(asked, _words(error), START)
    return None


def _forbidden(asked: str, path: str) -> Silence:
    user = pwd.getpwuid(os.geteuid()).pw_name
    try:
        group = grp.getgrgid(os.stat(path).st_gid).gr_name
    except (OSError, KeyError):
        group = "docker"
    came = f"permission denied: the user {user} is not in the group {group}"
    return Silence(asked, came, f"sudo usermod -aG {group} {user}, then log in again")


def _missing(asked: str) -> Silence:
    other = next(_other_sockets(), None)
    if asked != DEFAULT and Path(DEFAULT.removeprefix("unix://")).is_socket():
        return Silence(asked, "there is no such socket", "unset DOCKER_HOST, because the default socket is there")
    if other:
        return Silence(asked, "there is no such socket", f"export DOCKER_HOST=unix://{other}, where there is one")
    if shutil.which("docker") or shutil.which("dockerd") or shutil.which("podman"):
        return Silence(asked, "there is no such socket: the engine is not running", START)
    return Silence(
        asked, "there is no such socket: no engine is installed", "install one: sudo apt-get install docker.io"
    )


def _other_sockets() -> Iterator[Path]:
    """Sockets of rootless engines and of podman."""
    own = os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.geteuid()}")
    for path in (f"{own}/docker.sock", f"{own}/podman/podman.sock", "/run/podman/podman.sock"):
        if Path(path).is_socket():
            yield Path(path)


def _words(error: Exception) -> str:
    match error:
        case ConnectionRefusedError():
            return "connection refused: no engine listens there"
        case TimeoutError():
            return f"no answer within {CONNECT_SECONDS} s"
        case socket.gaierror():
            return "unknown host"
        case OSError(strerror=str(words)):
            return words.lower()
    return "this is not an address"
