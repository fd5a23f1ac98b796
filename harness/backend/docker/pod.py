"""A pod in containers: a server program's container, which holds the network that its clients join."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from harness.backend import Process
from harness.backend.docker.container import Container
from harness.spec.client import Client
from harness.spec.conditions import USUAL, Conditions


class ContainerPod:
    """Commands to the server program and its answers go through the attached stream.

    The engine closes the program's standard input when the stream is closed, even if the lab is killed.
    """

    def __init__(self, container: Container, start: Callable[..., Process], background: ThreadPoolExecutor) -> None:
        self.source = container
        self._start, self._background = start, background

    def write(self, data: bytes) -> None:
        """Write to its standard input; BrokenPipeError if the program has ended."""
        self.source.socket.sendall(data)

    def start(self, client: Client, arguments: Sequence[str], conditions: Conditions = USUAL) -> Process:
        """Start a client in a container that joins the network of this one."""
        return self._start(client, arguments, conditions, self.source.id)

    def end(self, seconds: float) -> None:
        """Let the engine remove its container; its send logs were complete when it last answered."""
        # A failure is ignored: podman refuses it while a client is still there, and the backend's end removes both.
        removed = self._background.submit(self.source.remove)
        # Not earlier: the program would end by itself meanwhile, which takes longer.
        removed.add_done_callback(lambda _: self.source.hang_up())
