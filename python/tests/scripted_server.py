"""A TCP server for the tests that plays one script to every connection.

A script is a list of steps: bytes are sent, RESET resets the connection, HANG_UP waits until the client hangs up,
anything else is called (to wait for an event, or to note one). After the last step the connection is closed.
Each connection has its own thread, so that a waiting one does not hold up the others.
"""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

Step = bytes | Callable[[], object]


def RESET() -> None:
    """A step of a script: end the connection with RST instead of FIN."""


def HANG_UP() -> None:
    """A step of a script: wait until the client ends or resets the connection."""


@contextmanager
def dead_port(host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """An address that refuses connections: its port is taken, but nothing listens on it."""
    with socket.socket(family(host)) as taken:
        taken.bind((host, port))
        yield shown(taken)


def family(host: str) -> socket.AddressFamily:
    """The family of an IPv4 or IPv6 address."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def shown(bound: socket.socket) -> str:
    """The address of a socket, as the argument for a client."""
    host, port, *_ = bound.getsockname()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@contextmanager
def mute_port() -> Iterator[str]:
    """An address that does not answer: its accept queue has room for one connection, and one is in it."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, socket.socket() as caller:
        caller.connect(listener.getsockname())
        yield f"127.0.0.1:{listener.getsockname()[1]}"


class ScriptedServer:
    """Listens on a free port of the host while its `with` block runs; `address` is the argument for a client."""

    def __init__(self, *script: Step, host: str = "127.0.0.1") -> None:
        self._script = script
        self._listener = socket.create_server((host, 0), family=family(host), backlog=1000)
        self.port: int = self._listener.getsockname()[1]
        self.address = shown(self._listener)
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> "ScriptedServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # this wakes the thread that accepts
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._play, args=[connection], daemon=True).start()

    def _play(self, connection: socket.socket) -> None:
        with connection:
            for step in self._script:
                if isinstance(step, bytes):
                    try:
                        connection.sendall(step)
                    except OSError:  # the client has gone; the test decides what that means
                        return
                elif step is RESET:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                elif step is HANG_UP:
                    with suppress(ConnectionResetError):
                        connection.recv(1)
                else:
                    step()
