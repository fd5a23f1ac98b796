"""Where clients and server programs run: on this machine or in containers.  No other folder knows which is in use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

from harness.spec.client import Client
from harness.spec.conditions import USUAL, Conditions
from harness.spec.scenario import HOST
from harness.spec.server_program import ServerProgram

Program = Client | ServerProgram
Say = Callable[[str], None]  # tells the user in one line what is going on


@dataclass(frozen=True)
class Unready:
    """Why a program cannot run here: a verdict, its reason code and a sentence."""

    verdict: str
    code: str
    sentence: str


@dataclass(frozen=True)
class Exit:
    """How a client ended: a status or a signal; CPU seconds and peak bytes are None if they could not be measured."""

    status: int | None
    signal: int | None = None
    cpu_s: float | None = None
    max_rss_bytes: int | None = None
    out_of_memory: bool = False
    left_behind: int = 0  # processes that the client left running; the lab ended them
    starved: Sequence[tuple[float, float]] = ()  # spells in which it got no processor; see `starvation`


class Source(Protocol):
    """Something to wait for and read.  `read` returns (stream, bytes) pairs, [] for nothing yet, None at the end."""

    def fileno(self) -> int: ...

    def read(self) -> list[tuple[str, bytes]] | None: ...


class Output(Protocol):
    """A standard output that is read separately from the other sources: it is polled, not waited for."""

    def read(self, size: int) -> bytes | None:
        """Read at most `size` bytes; b"" for nothing yet, None at the end."""

    def close(self) -> None:
        """Close the reading end; the system reports this to a client that writes on."""


class Process(Protocol):
    """One running client.  `stdout` is None if standard output is among the sources; see `Conditions.own_stdout`."""

    sources: list[Source]
    stdout: Output | None

    def send(self, signum: int) -> None:
        """Send a signal to the client's first process only; does nothing if it has ended."""

    def poll_cost(self) -> None:
        """Sample the client's cost; called regularly while it runs."""

    def kill(self) -> None:
        """End the client and all that it started, at once."""

    def wait(self) -> Exit:
        """Wait for the client's end and remove what is left of it; called once, after its output has ended."""


class Pod(Protocol):
    """A running server program and a place for its clients, which reach it at 127.0.0.1 or ::1.

    Commands go to the program's standard input, answers come from its standard output.
    """

    @property
    def source(self) -> Source:
        """Its standard output; in a container also its standard error."""

    def write(self, data: bytes) -> None:
        """Write to its standard input; BrokenPipeError if the program has ended."""

    def start(self, client: Client, arguments: Sequence[str], conditions: Conditions = USUAL) -> Process:
        """Start a client in this pod; OSError if its command cannot be started."""

    def end(self, seconds: float) -> None:
        """Close its standard input; kill the program if it has not ended in so many seconds; in a container at once."""


@dataclass
class Ready:
    """The result of `prepare`: the programs that cannot run, and the versions of those that can."""

    unready: dict[str, Unready] = field(default_factory=dict)  # by the programs' keys
    versions: dict[str, str] = field(default_factory=dict)  # language: its runtime's version
    details: dict[str, Any] = field(default_factory=dict)  # for the provenance: the engine's version, image ids


class Backend(Protocol):
    """Use it with `with`: prepare once, then start pods and the clients in them, one or several at a time."""

    name: str

    def prepare(self, programs: Sequence[Program], say: Say) -> Ready:
        """Build what the programs need."""

    def resume(self, ready: Ready) -> None:
        """Use what another process has prepared; called in a worker instead of `with` and `prepare`."""

    def pod(self, program: ServerProgram, folder: Path) -> Pod:
        """Start a server program that reads and writes in `folder`; OSError if it cannot be started."""

    def limits(self, folder: Path) -> Mapping[str, int]:
        """The limits for servers and clients of a run in this folder, by the names of `run.resources`."""

    def lacks(self, client: Client, conditions: Conditions, host: str = HOST) -> str | None:
        """Why this backend cannot run this client under these conditions, with servers at this host; None if it can."""

    def start(self, client: Client, arguments: Sequence[str], conditions: Conditions = USUAL) -> Process:
        """Start a program that needs no servers; OSError if its command cannot be started."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
