"""What the task of a run does beside its cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.backend import Ready
from harness.compare.policy import Policy
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
    """What a task does beside the cells of its run, and its policy for a client whose cells go wrong."""

    work: Sequence[Work] = ()
    done: Callable[[RunFolder, list[Any]], None] = lambda folder, results: None  # gets the results of what was done
    calls: Mapping[str, Call] = field(default_factory=dict)  # by scenario; see `Shared`
    prepared: Callable[[Ready], None] = lambda ready: None  # knows which programs can run; may refuse to begin
    begun: Callable[[RunFolder], None] = lambda folder: None  # before the first cell
    policy: Policy = field(default_factory=Policy)
    go_on: bool = False  # after an error of the engine, which is then the lab's fault in that cell only


NOTHING = Besides()
