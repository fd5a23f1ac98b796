"""A container and its output: of a client, with its exit and its cost, and of a server program, with its pod."""

from __future__ import annotations

import signal
import socket
import struct
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from docker.errors import APIError

from harness.backend import Exit, Process, Source
from harness.backend.docker.engine import engine_errors
from harness.backend.output_fifos import Fifos
from harness.backend.process_cost import ProcessCost
from harness.spec.client import Client
from harness.spec.conditions import USUAL, Conditions


class Container:
    """A created container.  The engine sends its output and error as one stream of frames (Engine API, attach).

    The lab attaches to it before it starts, so that no output is lost.
    """

    def __init__(self, api: Any, container: str, *, stdin: bool) -> None:
        self.api = api
        self.id = container
        self._attached = api.attach_socket(container, {"stdin": int(stdin), "stdout": 1, "stderr": 1, "stream": 1})
        self.socket: socket.socket = self._attached._sock
        self.socket.setblocking(False)
        self.at_end: Callable[[], None] = lambda: None
        self._buffer = b""

    def fileno(self) -> int:
        return self.socket.fileno()

    def read(self) -> list[tuple[str, bytes]] | None:
        try:
            data = self.socket.recv(1 << 16)
        except BlockingIOError:
            return []
        except ConnectionError:
            data = b""
        if not data:
            self.at_end()
            return None
        self._buffer += data
        frames = []
        while len(self._buffer) >= 8:
            stream, size = struct.unpack(">BxxxI", self._buffer[:8])
            if len(self._buffer) < 8 + size:
                break
            frames.append(("stderr" if stream == 2 else "stdout", self._buffer[8 : 8 + size]))
            self._buffer = self._buffer[8 + size :]
        return frames

    def hang_up(self) -> None:
        """Close what `attach_socket` returned: the answer, its file, and the socket below it, which both leave open."""
        self._attached._response.close()
        self._attached.close()
        self.socket.close()

    def remove(self) -> None:
        """Remove it, even if it runs."""
        self.api.remove_container(self.id, v=True, force=True)


class ContainerProcess:
    """A client in a container of its own.  With FIFOs, the engine's stream says only when the container has ended.

    While it runs, requests to the engine are made in the background: the engine may pass on all output before it
    answers, so that a reader that waits for the answer instead of reading would wait for ever.
    """

    def __init__(
        self, container: Container, background: ThreadPoolExecutor, make_sure: Callable[[], None], fifos: Fifos
    ) -> None:
        self._container = container
        self._background = background
        self._make_sure = make_sure
        self._fifos = fifos
        container.at_end = fifos.writers_gone  # nothing more is written to them
        self.stdout = fifos.stdout
        self.sources: list[Source] = [container, *fifos.sources]
        self._inspected: Future[dict[str, Any]] = background.submit(container.api.inspect_container, container.id)
        self._cost = ProcessCost()
        self._asked: Future[None] | None = None  # the last signal that the engine was asked to send

    def poll_cost(self) -> None:
        """Sample /proc, once the process id is known.  LabError if the engine could not send a signal."""
        if self._asked is not None and self._asked.done():
            with engine_errors(), suppress(APIError):  # the container has ended by itself
                self._asked.result()
        if self._inspected.done() and self._inspected.exception() is None:
            self._cost.poll(self._inspected.result()["State"]["Pid"])

    def send(self, signum: int) -> None:
        """Send it to the container's init process, which passes it on to the client."""
        self._asked = self._background.submit(self._container.api.kill, self._container.id, signum)

    def kill(self) -> None:
        """Kill the container; all its processes end with it."""
        self.send(signal.SIGKILL)

    def wait(self) -> Exit:
        """Its exit; the container is removed.  LabError if its pod has ended, or if the engine is stopping."""
        container = self._container
        # The lab reads no more output from here on, and the engine must not wait for a reader.
        with suppress(OSError):
            container.socket.shutdown(socket.SHUT_RDWR)
        try:
            with engine_errors():
                status = container.api.wait(container.id)["StatusCode"]
                state = container.api.inspect_container(container.id)["State"]
        finally:
            container.hang_up()
            self._fifos.close()
        self._background.submit(container.remove)
        self._make_sure()
        # The init process in the container reports a death by signal as the status 128 + the signal's number.
        signum = status - 128 if 128 < status <= 192 else None
        return Exit(
            status=None if signum else status,
            signal=signum,
            cpu_s=self._cost.cpu_s,
            max_rss_bytes=self._cost.max_rss_bytes,
            out_of_memory=bool(state["OOMKilled"]),
            starved=self._cost.starved,
        )


class ContainerPod:
    """A server program in a container, whose network its clients join.

    Commands to the program and its answers go through the attached stream.
    The engine closes the program's standard input when the stream is closed, even if the lab is killed.
    """

    def __init__(self, container: Container, start: Callable[..., Process]) -> None:
        self.source = container
        self._start = start

    def write(self, data: bytes) -> None:
        """Write to its standard input; BrokenPipeError if the program has ended."""
        self.source.socket.sendall(data)

    def start(self, client: Client, arguments: Sequence[str], conditions: Conditions = USUAL) -> Process:
        """Start a client in a container that joins the network of this one."""
        return self._start(client, arguments, conditions, self.source.id)

    def end(self, seconds: float) -> None:
        """End the program and remove its container; its send logs were complete when it last answered."""
        try:
            with engine_errors(), suppress(APIError):  # podman: a client is still there; the backend's end removes both
                self.source.remove()
        finally:
            self.source.hang_up()  # not earlier: the program would end by itself meanwhile, which takes longer
