"""What the task of a run does beside its cells, and which cells it can do without."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.backend import Unready
from harness.compare.worker import Worker
from harness.record.run_folder import RunFolder
from harness.run.cell import Call


@dataclass(frozen=True)
class Work:
    """A piece of work for a client, done by a worker beside the client's cells."""

    client: str
    function: Callable[[Worker], Any]


@dataclass(frozen=True)
class Besides:
    """What a task does beside the cells of its run, and when it leaves some of them out."""

    work: Sequence[Work] = ()
    done: Callable[[RunFolder, list[Any]], None] = lambda folder, results: None  # gets the results of what was done
    calls: Mapping[str, Call] = field(default_factory=dict)  # by scenario; see `Shared`
    begun: Callable[[RunFolder], None] = lambda folder: None  # before the first cell
    first: Sequence[str] = ()  # scenarios that come before longer ones
    # From a scenario, or "" for work, and the cells of one client that are done: why it is left out; None: it is not.
    leave_out: Callable[[str, Sequence[dict[str, Any]]], Unready | None] = lambda scenario, cells: None
    # From the cells of one client that are done: whether nothing more begins until one that runs has ended.
    hold: Callable[[Sequence[dict[str, Any]]], bool] = lambda cells: False
    # From the cells of one client that are done: whether its others wait until no cell runs beside them.
    postpone: Callable[[Sequence[dict[str, Any]]], bool] = lambda cells: False
    go_on: bool = False  # after an error of the engine, which is then the lab's fault in that cell only


NOTHING = Besides()
