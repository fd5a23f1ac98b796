"""A client in a pod or on a backend without servers: any Python program, recorded."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from harness.backend import Backend, Pod
from harness.run.recorder import Limits, Recording, record
from harness.spec.client import Client, Traits

LIMITS = Limits(60, 1 << 26, 1 << 26)


def client(home: Path, *command: str) -> Client:
    """A client outside the checkout with this command."""
    traits = Traits("together", "read", "each", "completion", "live")
    return Client("one", "python", "any", "any", "python", command, traits, {}, (), home)


def program(home: Path, code: str) -> Client:
    """A client that is this Python program."""
    home.mkdir(exist_ok=True)
    home.chmod(0o755)
    (home / "client.py").write_text(code)
    return client(home, "python3", "client.py")


def run(
    backend: Backend | Pod, one: Client, folder: Path, arguments: Sequence[str] = (), limits: Limits = LIMITS
) -> Recording:
    """Start it and record it to its end, into `folder`."""
    return record(backend.start(one, arguments), folder, limits, time.monotonic())
