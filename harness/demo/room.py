"""A room that watches the demo in its browsers and answers its questions, through `web/server.py`."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import secrets
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from harness.demo.frame import frame
from harness.demo.performance import Performance
from harness.demo.predict import Question
from harness.errors import LabError, UsageError

SERVER = Path(__file__).parent / "web" / "server.py"
START_SECONDS = 60.0  # in which the server must start, also on a loaded machine
END_SECONDS = 5.0
FRAME_SECONDS = 0.12  # at least, between two frames for the room
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # a person may have to type a token


class Room:
    """The viewers: how many watch, and what they answer.  `see` shows them a performance."""

    def __init__(self, process: subprocess.Popen[bytes], link: str) -> None:
        self.link = link
        self.watching = 0
        self.votes: dict[int, int] = {}  # the answers to the question that is open, and how many chose each
        self._process = process
        self._changed: Callable[[], None] = lambda: None
        self._output: asyncio.WriteTransport | None = None
        self._said = b""
        self._question: Question | None = None
        self._number = 0
        self._sent = 0.0

    @property
    def invitation(self) -> str:
        """Where to watch, and how many do."""
        return f"Watch at {self.link}" + (f" ({self.watching})" if self.watching else "")

    @property
    def answered(self) -> str:
        """How many have answered; an empty text if nobody watches."""
        return f"{sum(self.votes.values())} of {self.watching} have answered." if self.watching else ""

    async def join(self, changed: Callable[[], None]) -> None:
        """Begin to hear the room; `changed` is called if there is something new."""
        self._changed = changed
        loop = asyncio.get_running_loop()
        assert self._process.stdin and self._process.stdout
        self._output, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, self._process.stdin)
        loop.add_reader(self._process.stdout.fileno(), self._read)

    def leave(self) -> None:
        """Tell the room that the demo is over."""
        if self._output is not None and self._process.stdout:
            asyncio.get_running_loop().remove_reader(self._process.stdout.fileno())
            self._output.close()

    def _read(self) -> None:
        assert self._process.stdout
        data = self._process.stdout.read(1 << 16)
        if not data:
            asyncio.get_running_loop().remove_reader(self._process.stdout.fileno())
            self.watching, self.link = 0, "nowhere: the program that serves the room has ended"
        self._said += data
        *lines, self._said = self._said.split(b"\n")
        for line in lines:
            self._heard(*line.decode().split("\t"))
        self._changed()

    def _heard(self, word: str, *rest: str) -> None:
        if word == "watching":
            self.watching = int(rest[0])
        elif word == "votes" and int(rest[0]) == self._number:
            self.votes = {int(answer): count for answer, count in json.loads(rest[1]).items()}

    def see(self, performance: Performance, title: str, dark: bool) -> None:
        """Show the performance as it is now, unless nobody watches, or the last frame has only just been sent."""
        question = performance.game.question if performance.game and not performance.show.over else None
        if question is not self._question:
            self._question, self.votes = question, {}
            self._number += 1
            self._tell("ask", self._number, ",".join(map(str, question.answers)) if question else "")
        wait = self._sent + FRAME_SECONDS - time.monotonic()
        if not self.watching or self._output is None:
            return
        if wait > 0 or self._output.get_write_buffer_size():
            asyncio.get_running_loop().call_later(max(wait, FRAME_SECONDS / 2), self._changed)
            return
        self._sent = time.monotonic()
        self._tell("frame", json.dumps(frame(performance, title, self._number, dark=dark), ensure_ascii=False))

    def _tell(self, *words: object) -> None:
        if self._output is not None and not self._output.is_closing():
            self._output.write("\t".join(map(str, words)).encode("utf-8", "replace") + b"\n")


@contextmanager
def opened(interface: str, port: int) -> Iterator[Room]:
    """A room at this address; UsageError if its server cannot listen there.

    Whoever is not on this machine needs the token that is part of the link.
    """
    try:
        address = ipaddress.ip_address(interface)
    except ValueError:
        raise UsageError(f"--interface {interface!r}: must be an IP address of this machine, or 0.0.0.0") from None
    if not 0 <= port <= 65535:
        raise UsageError(f"--port {port}: must be from 0 to 65535; 0 is any free port")
    token = "" if address.is_loopback else "".join(secrets.choice(LETTERS) for _ in range(8))
    command = [sys.executable, "-P", str(SERVER), interface, str(port), token]
    pipe: Any = subprocess.PIPE
    # In a session of its own, so that Ctrl-C in the terminal does not end it before the demo.
    with subprocess.Popen(
        command, bufsize=0, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            assert process.stdout
            word, said = _first_line(process)
            if word != "listening":
                raise UsageError(f"--web cannot listen on port {port} of {interface}: {said}; choose another --port")
            host = _own_address(address) if address.is_unspecified else interface
            host = f"[{host}]" if ":" in host else host
            yield Room(process, f"http://{host}:{said}/{token and f'{token}/'}")
        finally:
            with suppress(OSError):
                process.stdin.close()  # type: ignore[union-attr]
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _first_line(process: subprocess.Popen[bytes]) -> list[str]:
    assert process.stdout
    ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    line = process.stdout.readline().decode().rstrip("\n") if ready else ""
    if not line:
        raise LabError("the program that serves the room's page did not start")
    return line.split("\t", 1)


def _own_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """The address by which others probably reach this machine."""
    family, anywhere = (socket.AF_INET, "192.0.2.1") if address.version == 4 else (socket.AF_INET6, "2001:db8::1")
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((anywhere, 9))  # sends nothing; it only chooses the route
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()
