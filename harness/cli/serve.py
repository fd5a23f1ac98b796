"""The seed's three slow servers for use by hand (seed part 20): ports 10001 to 10003, until interrupted."""

from __future__ import annotations

import contextlib
import os
import selectors
import shlex
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from typing import IO

from harness.backend import ownership
from harness.errors import Interrupted, LabError, UsageError
from harness.paths import ROOT
from harness.spec.client import Client, discover
from slowpoetry.address import DEFAULT_HOST, Address, format_address

# As the seed starts them: the third sends 30 bytes at a time.
SERVERS = (
    (10001, "fascination", ()),
    (10002, "science", ()),
    (10003, "ecstasy", ("--num-bytes", "30")),
)
READ_SIZE = 1 << 16
HINT = " If the port is in use, end the other `./lab serve` or program that has it."
LOOK = 1.0  # seconds of one wait for output


def serve(iface: str) -> int:
    """Start the servers at `iface`, print how to run each client against them, and pass on what they print.

    LabError if a server cannot start or ends by itself; UsageError if `iface` is no IP address.
    """
    try:
        ip_address(iface)
    except ValueError:
        raise UsageError(f"--iface: {iface!r} is not an IP address, such as 127.0.0.1 or ::1") from None
    ownership.sweep_processes()  # a killed `serve` has left its servers
    with contextlib.ExitStack() as stack:
        running = []
        for port, poem, options in SERVERS:
            running.append(stack.enter_context(_server(iface, port, poem, options)))
        for (port, *_), process in zip(SERVERS, running, strict=True):
            assert process.stdout is not None
            first = process.stdout.readline()
            if not first:
                raise LabError(f"the server on port {port} could not start; its own message is above.{HINT}")
            sys.stdout.buffer.write(first)
        print(_by_hand(iface))
        try:
            print("Ctrl-C ends the servers.", flush=True)
            _pass_on([process.stdout for process in running if process.stdout is not None])
        except Interrupted:
            print("The servers have ended.")
            return 0  # Ctrl-C is the usual way to end these servers
    raise LabError("a server ended by itself; its own message is above")


@contextlib.contextmanager
def _server(iface: str, port: int, poem: str, options: tuple[str, ...]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "slowpoetry.server",
            "--iface",
            iface,
            "--port",
            str(port),
            *options,
            f"poems/{poem}.txt",
        ],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,  # so that Ctrl-C reaches only the lab, which then ends the servers
        env={**os.environ, ownership.VARIABLE: ownership.this_owner(), ownership.ROLE: "servers"},
    )
    try:
        yield process
    finally:
        process.terminate()  # unlike SIGINT, it ends a server that is still starting without a traceback
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _pass_on(outputs: list[IO[bytes]]) -> None:
    """Print what the servers print, until one of them ends."""
    with selectors.DefaultSelector() as selector:
        for output in outputs:
            os.set_blocking(output.fileno(), False)
            selector.register(output, selectors.EVENT_READ)
        while True:
            # With a time limit, because Python misses a signal that comes just as this call begins.
            for key, _ in selector.select(LOOK):
                data = os.read(key.fd, READ_SIZE)
                if not data:
                    return
                sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()


def _by_hand(iface: str) -> str:
    addresses = [Address(iface, port) for port, _, _ in SERVERS]
    # Quoted, because brackets are patterns of the shell.
    words = " ".join(str(a.port) if iface == DEFAULT_HOST else shlex.quote(format_address(a)) for a in addresses)
    lines = ["", "In another terminal, in the top folder of the checkout:"]
    lines += [f"  {_command(client)} {words}" for client in discover().values()]
    lines += ["To build the Erlang and Haskell clients: ./lab build --backend local", ""]
    return "\n".join(lines)


def _command(client: Client) -> str:
    if client.command[0] == "python3":
        return " ".join(["PYTHONPATH=python", ".venv/bin/python3", *client.command[1:]])
    return " ".join(client.command)
