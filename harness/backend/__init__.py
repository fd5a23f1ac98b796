"""Where clients and server programs run: the local machine or containers.  Nothing above knows which is in use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from harness.spec.client import Client
from harness.spec.conditions import USUAL, Conditions
from harness.spec.server_program import ServerProgram

Program = Client | ServerProgram
Say = Callable[[str], None]  # tells a person what is going on, one line


@dataclass(frozen=True)
class Unready:
    """Why a program cannot run here: a verdict, its reason code and a sentence."""

    verdict: str
    code: str
    sentence: str


@dataclass(frozen=True)
class Exit:
    """How a client ended: a status or a signal; CPU seconds and peak bytes where they could be had."""

    status: int | None
    signal: int | None = None
    cpu_s: float | None = None
    max_rss_bytes: int | None = None
    out_of_memory: bool = False
    left_behind: int = 0  # processes that the client left running; they were ended


class Source(Protocol):
    """Something to wait on and read from.  `read` gives (stream, bytes) pairs, [] for nothing yet, None at the end."""

    def fileno(self) -> int: ...

    def read(self) -> list[tuple[str, bytes]] | None: ...


class Output(Protocol):
    """Standard output apart from all else, which is asked and not waited on."""

    def read(self, size: int) -> bytes | None:
        """At most `size` bytes; b"" for nothing yet, None at the end."""

    def close(self) -> None:
        """Nobody reads it any more: whoever writes is told so by the system."""


class Process(Protocol):
    """One running client.  `stdout` is None where it is among the sources; see `Conditions.own_stdout`."""

    sources: list[Source]
    stdout: Output | None

    def send(self, signum: int) -> None:
        """Send it a signal, to it alone; where it has ended already, nothing happens."""

    def poll_cost(self) -> None:
        """Called every now and then while it runs, where cost must be sampled."""

    def kill(self) -> None:
        """End it and all it started, now."""

    def wait(self) -> Exit:
        """Called once its output has ended; removes what is left of it."""


class ServerProcess(Protocol):
    """A server program that runs, spoken to over its standard input and output."""

    @property
    def source(self) -> Source:
        """Its standard output; in a container its standard error too."""

    def write(self, data: bytes) -> None:
        """Say it; BrokenPipeError where the program has ended."""

    def end(self, seconds: float) -> None:
        """End its input; kill it where it has not ended after so long."""


@dataclass
class Ready:
    """What `prepare` found: the programs that cannot run, and what is known of those that can."""

    unready: dict[str, Unready] = field(default_factory=dict)  # by the programs' keys
    versions: dict[str, str] = field(default_factory=dict)  # language: its runtime's version
    details: dict[str, Any] = field(default_factory=dict)  # for the provenance: engine, image ids


class Backend(Protocol):
    """`with` a backend: prepare once, then start servers and clients, one or several at a time."""

    name: str
    iface: str  # the address that the servers listen on

    def prepare(self, programs: Sequence[Program], say: Say) -> Ready:
        """Build what they need."""

    def start_server(self, program: ServerProgram, folder: Path) -> ServerProcess:
        """Start a server program that reads and writes in `folder`; OSError where it cannot be started."""

    def lacks(self, conditions: Conditions) -> str | None:
        """Why no client can be put into these conditions here; None where it can."""

    def start(self, client: Client, arguments: Sequence[str], conditions: Conditions = USUAL) -> Process:
        """Start it with these arguments; OSError where its command cannot be started."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
