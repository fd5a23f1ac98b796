"""Addresses of a cluster at which no scheduler answers, and options that a cluster does not take."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lab_process import lab


@contextmanager
def answering(what: bytes) -> Iterator[str]:
    """The address of a server that is no scheduler: it sends this to everyone."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connections.append(connection)
                connection.sendall(what)

        connections: list[socket.socket] = []
        threading.Thread(target=serve, daemon=True).start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        for connection in connections:
            connection.close()


@pytest.mark.parametrize("what", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", bytes(64)], ids=["silent", "http", "zeros"])
def test_a_foreign_server_is_named(dask: None, what: bytes, tmp_path: Path) -> None:
    with answering(what) as address:
        lab("compare", "--cluster", address, "--out", tmp_path).refused(4, f"no Dask scheduler answers at {address}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("task", [("compare", "--cluster"), ("worker",)], ids=["compare", "worker"])
def test_a_dead_address_is_named(dask: None, task: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    lab(*task, f"tcp://127.0.0.1:{port}").refused(
        4, f"no Dask scheduler answers at tcp://127.0.0.1:{port}", "start one"
    )


@pytest.mark.parametrize(
    "address", ["HOST:8786", "http://127.0.0.1:8786", "tcp://127.0.0.1", "tcp://a:0", "tcp://a:70000"]
)
@pytest.mark.parametrize("task", [("compare", "--cluster"), ("worker",)], ids=["compare", "worker"])
def test_a_malformed_address_is_bad_usage(task: tuple[str, ...], address: str) -> None:
    lab(*task, address).refused(2, address, "tcp://HOST:8786")


def test_jobs_belong_to_the_workers(tmp_path: Path) -> None:
    lab("compare", "--cluster", "tcp://127.0.0.1:8786", "--jobs", 2).refused(
        2, "--jobs is for one machine", "./lab worker"
    )
    lab("worker", "tcp://127.0.0.1:8786", "--jobs", 65).refused(2, "--jobs 65")
    lab("worker").refused(2, "tcp://HOST:8786")
