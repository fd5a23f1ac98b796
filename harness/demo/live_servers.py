"""Conducted servers, used from an event loop without blocking it."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable

from harness.backend import Pod
from harness.errors import LabError
from harness.run.servers import ANSWER_SECONDS


class LiveServers:
    """Conducted servers; `hear` is called with a record of each of their acts as it happens."""

    def __init__(self, pod: Pod, hear: Callable[[dict[str, object]], None]) -> None:
        self._pod = pod
        self._hear = hear
        self._said = b""
        self._asked: deque[asyncio.Future[list[str]]] = deque()
        asyncio.get_running_loop().add_reader(pod.source.fileno(), self._read)

    def _read(self) -> None:
        pieces = self._pod.source.read()
        if pieces is None:
            asyncio.get_running_loop().remove_reader(self._pod.source.fileno())
            while self._asked:
                self._asked.popleft().set_exception(LabError("the servers' process has ended"))
            return
        self._said += b"".join(data for stream, data in pieces if stream == "stdout")
        *lines, self._said = self._said.split(b"\n")
        for line in lines:
            word, *rest = line.decode(errors="replace").split("\t")
            if word == "act":
                self._hear(json.loads(rest[0]))
            elif self._asked and not (answer := self._asked.popleft()).done():
                if word == "error":
                    answer.set_exception(LabError(f"the servers: {' '.join(rest)}"))
                else:
                    answer.set_result(rest)

    async def ask(self, *words: object) -> list[str]:
        """Send a command and return the answer; LabError if the answer is an error or does not come."""
        answer: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        self._asked.append(answer)
        try:
            self._pod.write("\t".join(map(str, words)).encode() + b"\n")
        except (BrokenPipeError, ConnectionError):
            raise LabError("the servers' process has ended") from None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answer
        except TimeoutError:
            raise LabError(f"the servers did not answer {words[0]!r} within {ANSWER_SECONDS:g} s") from None

    def end(self) -> None:
        """End the servers' process."""
        asyncio.get_running_loop().remove_reader(self._pod.source.fileno())
        self._pod.end(ANSWER_SECONDS)
