"""A running container: its output, its exit and its cost."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from harness.backend import Exit, Output, Source
from harness.backend.docker.engine import engine_errors
from harness.backend.process_cost import ProcessCost
from harness.backend.stdout_fifo import Fifo


class Attached:
    """A container's standard output and error, which the engine sends as one stream of frames (Engine API, attach)."""

    def __init__(self, sock: socket.socket, at_end: Callable[[], None] = lambda: None) -> None:
        self._socket = sock
        self._at_end = at_end
        sock.setblocking(False)
        self._buffer = b""

    def fileno(self) -> int:
        return self._socket.fileno()

    def read(self) -> list[tuple[str, bytes]] | None:
        try:
            data = self._socket.recv(1 << 16)
        except BlockingIOError:
            return []
        except ConnectionError:
            data = b""
        if not data:
            self._at_end()
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


class ContainerProcess:
    """A client in a container of its own.

    While it runs, requests to the engine are made in the background: the engine may pass on all output before it
    answers, so that a reader that waits for the answer instead of reading would wait for ever.
    """

    def __init__(
        self,
        api: Any,
        container: str,
        attached: Any,
        background: ThreadPoolExecutor,
        make_sure_of_pod: Callable[[], None],
        stdout: Fifo | None = None,
    ) -> None:
        self._make_sure_of_pod = make_sure_of_pod
        self._api = api
        self._container = container
        self._attached = attached
        self._background = background
        self.stdout: Output | None = stdout
        self._fifo = stdout
        # Once the container has ended, nothing more is written to the FIFO.
        self.sources: list[Source] = [Attached(attached._sock, *([stdout.writers_gone] if stdout else []))]
        self._inspected: Future[dict[str, Any]] = background.submit(api.inspect_container, container)
        self._cost: ProcessCost | None = None

    def poll_cost(self) -> None:
        """Sample /proc, once the process id is known."""
        if self._cost is None and self._inspected.done() and self._inspected.exception() is None:
            self._cost = ProcessCost(self._inspected.result()["State"]["Pid"])
        if self._cost is not None:
            self._cost.poll()

    def send(self, signum: int) -> None:
        """Send it to the container's init process, which passes it on to the client."""
        self._background.submit(self._api.kill, self._container, signum)

    def kill(self) -> None:
        """Kill the container; all its processes end with it."""
        # A failure is ignored: the container has ended by itself, or `wait` removes it by force.
        self._background.submit(self._api.kill, self._container)

    def wait(self) -> Exit:
        """Its exit; the container is removed.  LabError if its pod has ended, or if the engine is stopping."""
        # The lab reads no more output from here on, and the engine must not wait for a reader.
        with suppress(OSError):
            self._attached._sock.shutdown(socket.SHUT_RDWR)
        try:
            with engine_errors():
                status = self._api.wait(self._container)["StatusCode"]
                state = self._api.inspect_container(self._container)["State"]
        finally:
            hang_up(self._attached)
            if self._fifo is not None:
                self._fifo.remove()
        self._background.submit(self._api.remove_container, self._container, v=True, force=True)
        self._make_sure_of_pod()
        # The init process in the container reports a death by signal as the status 128 + the signal's number.
        signum = status - 128 if 128 < status <= 192 else None
        return Exit(
            status=None if signum else status,
            signal=signum,
            cpu_s=self._cost.cpu_s if self._cost else None,
            max_rss_bytes=self._cost.max_rss_bytes if self._cost else None,
            out_of_memory=bool(state["OOMKilled"]),
            starved=self._cost.starved if self._cost else (),
        )


def hang_up(attached: Any) -> None:
    """Close what `attach_socket` returned: the answer, its file, and the socket below it, which both leave open."""
    below = attached._sock
    attached._response.close()
    attached.close()
    below.close()
