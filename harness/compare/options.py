"""The options of a compare, and the clients, scenarios and server programs that they select."""

from __future__ import annotations

import operator
import re
import resource
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
from harness.spec.scenario import LARGE, Scenario
from harness.spec.server_program import ServerProgram

MOST_ROUNDS = 1000
OPEN_FILES = 20_000  # that a client in a container may have
SPARE = 20  # one file in so many is for the program itself, the others are for tasks
MOST_JOBS = 64  # each takes a process of the lab and a server program
SLOWEST = 1000  # the highest pace
ALL = "all"  # instead of names: the default ones and the others
GUESTS = "guests"  # among the names of clients: all those of the folder guests/
FAULTS = "faults"  # instead of names of scenarios: those in which something goes wrong, without the large ones


def _shard(text: str) -> tuple[int, int] | None:
    """`2/5` as (2, 5); None from an empty text."""
    found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text)
    if not text:
        return None
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise UsageError(f"--shard {text!r}: must be I/N, the I-th part of N, such as 2/5")
    return int(found[1]), int(found[2])


def check_address(option: str, address: str) -> None:
    """Raise a UsageError that names the option, unless this is the address of a Dask scheduler."""
    found = re.fullmatch(r"(tcp|tls)://(\[[0-9a-fA-F:.%]+\]|[\w.-]+):(\d{1,5})", address)
    if not found or not 1 <= int(found[3]) <= 65535:
        raise UsageError(f"{option} {address!r}: must be the address of a Dask scheduler, such as tcp://HOST:8786")


def _folders(names: Iterable[str]) -> tuple[Path, ...]:
    return tuple(map(Path, names))


def whole_number(option: str) -> Callable[[str], int | None]:
    """A function that reads a whole number, or None from an empty text; its UsageError names the option."""

    def read(text: str) -> int | None:
        try:
            return int(text) if text else None
        except ValueError:
            raise UsageError(f"{option} {text!r}: must be a whole number") from None

    return read


# By the name of a task's option: the field that it sets, and the function that reads it.
GIVEN: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "clients": ("clients", str),
    "scenarios": ("scenarios", str),
    "client": ("client_folders", _folders),
    "servers": ("servers", str),
    "server": ("server_folders", _folders),
    "backend": ("backend", str),
    "rounds": ("rounds", int),
    "jobs": ("jobs", lambda text: whole_number("--jobs")("" if text == "auto" else text)),
    "shard": ("shard", _shard),
    "cluster": ("cluster", str),
    "pace": ("pace", float),
    "seed": ("seed", int),
    "tasks": ("tasks", whole_number("--tasks")),
    "late_budget": ("late_budget_ms", float),
    "fail_on": ("fail_on", str),
    "out": ("out", lambda folder: Path(folder) if folder else None),
    "no_install": ("install", operator.not_),
}


def refuse_with_replay(given: Mapping[str, Any]) -> None:
    """Raise a UsageError if one of a task's options is given that says what to run, because a replay runs nothing."""
    usual = Options()
    for name in GIVEN.keys() & given.keys() - {"fail_on", "out", "no_install"}:
        field, read = GIVEN[name]
        if given[name] and read(given[name]) != getattr(usual, field):
            raise UsageError(f"--{name.replace('_', '-')}: --replay shows a run as it was recorded; leave this out")


@dataclass(frozen=True)
class Options:
    """The options of a compare; empty names mean the default clients and scenarios, and the reference servers."""

    clients: str = ""
    scenarios: str = ""
    client_folders: tuple[Path, ...] = ()
    servers: str = ""
    server_folders: tuple[Path, ...] = ()
    backend: str = "auto"
    rounds: int = 1
    jobs: int | None = None  # cells at the same time; None: as many as the cores bear
    shard: tuple[int, int] | None = None  # (2, 5): only the second of five parts of the cells
    cluster: str = ""  # the address of a Dask scheduler, whose workers run the cells
    pace: float = 1.0
    seed: int = 1
    tasks: int | None = None
    late_budget_ms: float = LATE_BUDGET_MS
    fail_on: str = UNEXPECTED
    out: Path | None = None
    install: bool = True

    @classmethod
    def given(cls, given: Mapping[str, Any]) -> Options:
        """From a task's options by their names there; unknown ones are ignored.  UsageError names a bad value."""
        return cls(**{field: read(given[name]) for name, (field, read) in GIVEN.items() if name in given})

    def record(self) -> dict[str, Any]:
        """The options as run.json holds them, without the folders of this machine."""
        data = asdict(self)
        for key in ("client_folders", "server_folders", "out", "install", "shard", "cluster"):
            del data[key]
        if self.shard is not None:
            data["shard"] = f"{self.shard[0]}/{self.shard[1]}"
        return data

    @property
    def examines_servers(self) -> bool:
        """Whether the lab checks the servers with its own reader first, because the user has chosen them."""
        return bool(self.servers or self.server_folders)

    def check(self) -> None:
        """Raise a UsageError that names a bad value."""
        if self.backend not in BACKENDS:
            raise UsageError(f"--backend: unknown backend {self.backend!r}; there are: {', '.join(BACKENDS)}")
        if not 1 <= self.rounds <= MOST_ROUNDS:
            raise UsageError(f"--rounds {self.rounds}: must be from 1 to {MOST_ROUNDS}")
        if self.jobs is not None and not 1 <= self.jobs <= MOST_JOBS:
            raise UsageError(f"--jobs {self.jobs}: must be from 1 to {MOST_JOBS}, or auto")
        if self.cluster:
            check_address("--cluster", self.cluster)
            if self.jobs is not None:
                raise UsageError("--jobs is for one machine; with --cluster, each ./lab worker has its own --jobs")
        if not 0 < self.pace <= SLOWEST:
            raise UsageError(f"--pace {self.pace:g}: must be above 0 and at most {SLOWEST}")
        if self.tasks is not None:
            _check_tasks(self.tasks)
        if self.fail_on not in FAIL_ON:
            raise UsageError(f"--fail-on: unknown rule {self.fail_on!r}; there are: {', '.join(FAIL_ON)}")
        if not 0 < self.late_budget_ms < float("inf"):
            raise UsageError(f"--late-budget {self.late_budget_ms}: must be a number of milliseconds above 0")


def _check_tasks(tasks: int) -> None:
    """Raise a UsageError that names the limit if a process cannot open a connection for each task."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = min(allowed, OPEN_FILES)
    most = files - files // SPARE
    if not 1 <= tasks <= most:
        who = "a process may open {} files here (ulimit -n)" if allowed <= OPEN_FILES else "a client may open {} files"
        raise UsageError(f"--tasks {tasks}: must be from 1 to {most}, because {who.format(files)}")


def selected_clients(options: Options) -> list[Client]:
    """The selected clients; UsageError if one is unknown or invalid, NothingSelected if there is none."""
    known = clients_module.discover()
    brought: dict[str, Client] = {}
    for folder in options.client_folders:
        found = clients_module.from_outside(folder)
        clash = found.keys() & {**known, **brought}.keys()
        if clash:
            raise UsageError(f"--client {folder}: there is already a client {min(clash)!r}; give yours another name")
        brought.update(found)
    guests = clients_module.guests()
    clash = guests.keys() & known.keys()
    if clash:
        raise UsageError(f"guests/{min(clash)}: the lab has a client {min(clash)!r}; give the guest another name")
    known.update(brought)
    if options.clients == ALL:
        clients = list(known.values())
    elif options.clients:
        clients = select("client", options.clients, {**known, **guests, **brought}, {GUESTS: guests})
    else:
        # Without names, clients from outside the checkout are run alone.
        clients = list(brought.values()) or [client for client in known.values() if client.default]
    if not clients:
        raise NothingSelected("no client is selected; name some with --clients")
    return clients


def selected_scenarios(options: Options) -> list[Scenario]:
    """The selected scenarios; UsageError if one is unknown or invalid, NothingSelected if there is none."""
    if options.scenarios in (ALL, FAULTS):
        files = list(scenario_file.paths().values())
    elif options.scenarios:
        files = select("scenario", options.scenarios, scenario_file.paths())
    else:
        files = list(scenario_file.paths("default").values())
    known_scenarios = scenario_file.discover(files, pace=options.pace, seed=options.seed, tasks=options.tasks)
    # Scenarios that were named stay in the given order.
    names = [file.stem for file in files] if options.scenarios else list(known_scenarios)
    chosen = [known_scenarios[name] for name in names]
    if options.scenarios == FAULTS:
        chosen = [one for one in chosen if one.has_fault and one.size <= LARGE]
    if not chosen:
        raise NothingSelected("no scenario is selected; name some with --scenarios")
    if options.tasks is not None and all(len(one.tasks) != options.tasks for one in chosen):
        raise UsageError(
            f"--tasks {options.tasks}: the number of tasks is fixed in {', '.join(one.name for one in chosen)}; "
            "leave it out, or choose a scenario where it can be set, such as crowd"
        )
    return chosen


def selected(options: Options) -> tuple[list[Client], list[Scenario]]:
    """The selected clients and scenarios; raises as those two functions do."""
    return selected_clients(options), selected_scenarios(options)


def selected_servers(options: Options) -> list[ServerProgram]:
    """The selected server programs; UsageError if one is unknown or invalid, NothingSelected if there is none."""
    known = server_program.discover()
    brought: dict[str, ServerProgram] = {}
    for folder in options.server_folders:
        found = server_program.from_outside(folder)
        clash = found.keys() & {**known, **brought}.keys()
        if clash:
            name = min(clash)
            raise UsageError(f"--server {folder}: there is already a server program {name!r}; give yours another name")
        brought.update(found)
    if options.servers == ALL:
        return [*known.values(), *brought.values()]
    if options.servers:
        return select("server", options.servers, {**known, **brought})
    return list(brought.values()) or [known[server_program.REFERENCE]]
