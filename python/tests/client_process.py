"""Run clients as real programs, in the C locale, with stdout and stderr on pipes.

The clients are found by their manifests, so that a new client is tested at once. A client that hangs is
killed, and its test then sees a wrong exit status.
"""

import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.forked import ENVIRONMENT, Forked

PYTHON = Path(__file__).parents[1]
CLIENTS = PYTHON / "slowpoetry" / "clients"
SECONDS_TO_LIVE = 30

Client = dict[str, Any]
Outcome = tuple[int, bytes, list[str]]

EVERY: list[Client] = [tomllib.loads(path.read_text()) for path in sorted(CLIENTS.glob("*.client.toml"))]
TOGETHER = [client for client in EVERY if client["traits"]["connects"] == "together"]
IN_TURN = [client for client in EVERY if client["traits"]["connects"] == "in-turn"]


def each(clients: list[Client]) -> pytest.MarkDecorator:
    """Run a test once for each of these clients; the client's name is the test's id."""
    return pytest.mark.parametrize("client", clients, ids=[client["name"] for client in clients])


def got(size: int, address: str, task: int = 1) -> str:
    """Return the progress line that the contract requires."""
    return f"Task {task}: got {size} bytes of poetry from {address}"


@contextmanager
def running(client: Client, *addresses: str, limits: Sequence[str] = (), anew: bool = False) -> Iterator[Any]:
    """Start a client, under limits given as options of prlimit; yields its process.

    It is forked from a process that knows its imports already, unless it has limits or is to be started `anew`.
    """
    arguments = [*client["command"][1:], *addresses]
    forked = arguments[0] == "-m" and not limits and not anew
    pipe = subprocess.PIPE
    with (
        Forked(*arguments[1:])
        if forked
        else subprocess.Popen(
            ["prlimit", *limits, sys.executable, *arguments], stdout=pipe, stderr=pipe, env=ENVIRONMENT, bufsize=0
        )
    ) as process:
        watchdog = threading.Timer(SECONDS_TO_LIVE, process.kill)
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()
            process.kill()


def finish(process: Any) -> Outcome:
    """Wait for the end of a client: exit status, the rest of stdout, the remaining lines of stderr."""
    stdout, stderr = process.communicate()
    return process.returncode, stdout, stderr.decode().splitlines()


def fetch(client: Client, *addresses: str, anew: bool = False) -> Outcome:
    """Run a client to its end; `anew` as for `running`."""
    with running(client, *addresses, anew=anew) as process:
        return finish(process)
