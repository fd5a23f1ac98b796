"""A pod in containers: a server program's container, which holds the network that its clients join."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from harness.backend import Process
from harness.backend.docker.container import Attached, hang_up
from harness.backend.docker.engine import engine_errors
from harness.spec.client import Client
from harness.spec.conditions import USUAL, Conditions


class ContainerPod:
    """Commands to the server program and its answers go through the attached stream.

    The engine closes the program's standard input when the stream is closed, even if the lab is killed.
    """

    def __init__(self, api: Any, container: str, attached: Any, start: Callable[..., Process]) -> None:
        self._api = api
        self._container = container
        self._attached = attached
        self._start = start
        self.source = Attached(attached._sock)

    def write(self, data: bytes) -> None:
        """Write to its standard input; BrokenPipeError if the program has ended."""
        self._attached._sock.sendall(data)

    def start(self, client: Client, arguments: Sequence[str], conditions: Conditions = USUAL) -> Process:
        """Start a client in a container that joins the network of this one."""
        return self._start(client, arguments, conditions, self._container)

    def end(self, seconds: float) -> None:
        """Close its standard input and wait up to so many seconds for its end; remove it in any case."""
        deadline = time.monotonic() + seconds
        with suppress(OSError):
            self._attached._sock.shutdown(socket.SHUT_WR)
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([self.source], [], [], left)
            if ready and self.source.read() is None:
                break
        hang_up(self._attached)
        with engine_errors():
            self._api.remove_container(self._container, v=True, force=True)
