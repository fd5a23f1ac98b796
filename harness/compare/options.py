"""What a compare was asked for, and what that selects."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.backend.choice import BACKENDS
from harness.errors import NothingSelected, UsageError
from harness.judge.exit_status import FAIL_ON, UNEXPECTED
from harness.judge.verdict import LATE_BUDGET_MS
from harness.selection import select
from harness.spec import client as clients_module
from harness.spec import scenario_file, server_program
from harness.spec.client import Client
from harness.spec.scenario import Scenario
from harness.spec.server_program import ServerProgram

MOST_ROUNDS = 1000
SLOWEST = 1000  # pace
ALL = "all"  # instead of names: the default ones and the others
FAULTS = "faults"  # instead of names of scenarios: those in which something goes wrong, but for the large ones
LARGE = 1_000_000  # bytes of poems, which a run's folder holds


def _folders(names: Iterable[str]) -> tuple[Path, ...]:
    return tuple(map(Path, names))


def whole_number(option: str) -> Callable[[str], int | None]:
    """Reads a whole number, empty for none; UsageError names the option."""

    def read(text: str) -> int | None:
        try:
            return int(text) if text else None
        except ValueError:
            raise UsageError(f"{option} {text!r}: not a whole number") from None

    return read


# The options of a task by their names there: the field that each is for, and how it is read.
GIVEN: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "clients": ("clients", str),
    "scenarios": ("scenarios", str),
    "client": ("client_folders", _folders),
    "servers": ("servers", str),
    "server": ("server_folders", _folders),
    "backend": ("backend", str),
    "rounds": ("rounds", int),
    "pace": ("pace", float),
    "seed": ("seed", int),
    "tasks": ("tasks", whole_number("--tasks")),
    "late_budget": ("late_budget_ms", float),
    "fail_on": ("fail_on", str),
    "out": ("out", lambda folder: Path(folder) if folder else None),
    "no_install": ("install", operator.not_),
}


@dataclass(frozen=True)
class Options:
    """What `compare` was asked for; empty: the default clients and scenarios, the reference servers."""

    clients: str = ""
    scenarios: str = ""
    client_folders: tuple[Path, ...] = ()
    servers: str = ""
    server_folders: tuple[Path, ...] = ()
    backend: str = "auto"
    rounds: int = 1
    pace: float = 1.0
    seed: int = 1
    tasks: int | None = None
    late_budget_ms: float = LATE_BUDGET_MS
    fail_on: str = UNEXPECTED
    out: Path | None = None
    install: bool = True

    @classmethod
    def given(cls, given: Mapping[str, Any]) -> Options:
        """From a task's options by their names there; what it does not know is left alone.  UsageError."""
        return cls(**{field: read(given[name]) for name, (field, read) in GIVEN.items() if name in given})

    def record(self) -> dict[str, Any]:
        """As it stands in run.json: nothing of this machine's folders."""
        data = asdict(self)
        for key in ("client_folders", "server_folders", "out", "install"):
            del data[key]
        return data

    @property
    def examines_servers(self) -> bool:
        """Whether the servers were chosen, so that they are to be read by the lab before any client meets them."""
        return bool(self.servers or self.server_folders)

    def check(self) -> None:
        """Raise a UsageError that names a bad value."""
        if self.backend not in BACKENDS:
            raise UsageError(f"--backend: unknown backend {self.backend!r}; there are: {', '.join(BACKENDS)}")
        if not 1 <= self.rounds <= MOST_ROUNDS:
            raise UsageError(f"--rounds {self.rounds}: must be from 1 to {MOST_ROUNDS}")
        if not 0 < self.pace <= SLOWEST:
            raise UsageError(f"--pace {self.pace}: must be a number above 0, up to {SLOWEST}")
        if self.tasks is not None and not 1 <= self.tasks <= 8000:
            raise UsageError(f"--tasks {self.tasks}: must be from 1 to 8000")
        if self.fail_on not in FAIL_ON:
            raise UsageError(f"--fail-on: unknown rule {self.fail_on!r}; there are: {', '.join(FAIL_ON)}")
        if not 0 < self.late_budget_ms < float("inf"):
            raise UsageError(f"--late-budget {self.late_budget_ms}: must be a number of milliseconds above 0")


def selected_clients(options: Options) -> list[Client]:
    """The clients asked for; UsageError or NothingSelected where there are none such."""
    known = clients_module.discover()
    brought: dict[str, Client] = {}
    for folder in options.client_folders:
        found = clients_module.from_outside(folder)
        clash = found.keys() & {**known, **brought}.keys()
        if clash:
            raise UsageError(f"--client {folder}: there is a client {min(clash)!r} already; give yours another name")
        brought.update(found)
    known.update(brought)
    if options.clients == ALL:
        clients = list(known.values())
    elif options.clients:
        clients = select("client", options.clients, known)
    else:
        # A client that was brought is what the run is about.
        clients = list(brought.values()) or [client for client in known.values() if client.default]
    if not clients:
        raise NothingSelected("nothing to run")
    return clients


def selected_scenarios(options: Options) -> list[Scenario]:
    """The scenarios asked for; UsageError or NothingSelected where there are none such."""
    if options.scenarios in (ALL, FAULTS):
        files = list(scenario_file.paths().values())
    elif options.scenarios:
        files = select("scenario", options.scenarios, scenario_file.paths())
    else:
        files = list(scenario_file.paths(default=True).values())
    known_scenarios = scenario_file.discover(files, pace=options.pace, seed=options.seed, tasks=options.tasks)
    # By name they come in the order given.
    names = [file.stem for file in files] if options.scenarios else list(known_scenarios)
    chosen = [known_scenarios[name] for name in names]
    if options.scenarios == FAULTS:
        chosen = [one for one in chosen if one.has_fault and one.size <= LARGE]
    if not chosen:
        raise NothingSelected("nothing to run")
    return chosen


def selected(options: Options) -> tuple[list[Client], list[Scenario]]:
    """Both, clients and scenarios."""
    return selected_clients(options), selected_scenarios(options)


def selected_servers(options: Options) -> list[ServerProgram]:
    """The server programs asked for; UsageError or NothingSelected where there are none such."""
    known = server_program.discover()
    brought: dict[str, ServerProgram] = {}
    for folder in options.server_folders:
        found = server_program.from_outside(folder)
        clash = found.keys() & {**known, **brought}.keys()
        if clash:
            raise UsageError(f"--server {folder}: there are servers {min(clash)!r} already; give yours another name")
        brought.update(found)
    if options.servers == ALL:
        return [*known.values(), *brought.values()]
    if options.servers:
        return select("server", options.servers, {**known, **brought})
    return list(brought.values()) or [known[server_program.REFERENCE]]
