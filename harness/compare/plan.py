"""Which cells are run, in which order, and how many at the same time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from harness.backend import Unready
from harness.compare.options import MOST_JOBS
from harness.compare.worker import Cell
from harness.errors import UsageError
from harness.spec.client import Client
from harness.spec.scenario import Scenario
from harness.spec.server_program import ServerProgram

PER_CORE = 5  # cells for each core: a cell waits most of its time
VARIABLE = "SLOW_POETRY_LAB_JOBS"  # of the environment: the number of jobs if the command line has none


def jobs(wanted: int | None, cells: int) -> int:
    """How many cells run at the same time, and at most all.

    None is wanted for what the environment says, or else for as many as the cores bear.
    UsageError if the environment says no number.
    """
    given = os.environ.get(VARIABLE, "")
    if wanted is None and given:
        if not given.isascii() or not given.isdecimal() or not 1 <= int(given) <= MOST_JOBS:
            raise UsageError(f"{VARIABLE}={given!r}: must be from 1 to {MOST_JOBS}")
        wanted = int(given)
    if wanted is None:
        wanted = PER_CORE * len(os.sched_getaffinity(0))
    return max(1, min(wanted, cells))


def rounds_in_turn(
    servers: Sequence[ServerProgram], clients: Sequence[Client], scenarios: Sequence[Scenario], rounds: int
) -> Iterator[Cell]:
    """All cells in the order of the table.  Each round starts with another client, so that none is always first."""
    for round_ in range(1, rounds + 1):
        shift = (round_ - 1) % len(clients)
        for server in servers:
            for scenario in scenarios:
                for client in [*clients[shift:], *clients[:shift]]:
                    yield Cell(server.name, client.name, scenario.name, round_)


def share(cells: Sequence[Cell], shard: tuple[int, int] | None) -> list[Cell]:
    """The cells of one shard, such as (2, 5): one of every five cells, each time another one.

    So each shard has cells of every client, also if the number of clients is a multiple of five.
    """
    number, of = shard or (1, 1)
    return [cell for index, cell in enumerate(cells) if (index + index // of) % of == number - 1]


def seconds(cell: Cell, clients: Mapping[str, Client], scenarios: Mapping[str, Scenario]) -> float:
    """The least time that a cell can take."""
    scenario = scenarios[cell.scenario]
    return scenario.total if clients[cell.client].sequential else scenario.longest


def left_out(program: ServerProgram, client: Client, scenario: Scenario) -> Unready | None:
    """Why a cell is not run although its programs are ready, as declared; None if it is run."""
    if scenario.name in program.unsupported:
        sentence = f"the {program.name} servers cannot play this scenario: {program.unsupported[scenario.name]}"
        return Unready("unsupported", "servers", sentence)
    if scenario.name in client.unsupported:
        return Unready("unsupported", "declared", client.unsupported[scenario.name])
    if scenario.concurrent_only and client.sequential:
        sentence = "declared to fetch one poem after another, and this scenario is for concurrent clients"
        return Unready("unsupported", "sequential", sentence)
    return None
