"""What a scenario puts the client itself into, beside what the servers do: a signal, a standard output that is read
slowly or not to its end, another environment.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Conditions:
    """The table `client` of a scenario's file.

    `signal` (TERM or INT) is sent as soon as the servers have sent `signal_after` bytes in all: an event, for no
    number of seconds is the same moment for every runtime.  Of standard output the lab reads at most `stdout_rate`
    bytes a second, and no more than `stdout_closes_after` bytes: then it closes its end.  `environment` sets variables,
    or takes them away (None).  With `read_only` there is no place where the client could write a file.
    """

    signal: str | None = None
    signal_after: int = 0
    stdout_closes_after: int | None = None
    stdout_rate: float | None = None
    environment: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    read_only: bool = False

    @property
    def signal_number(self) -> int | None:
        """The signal's number."""
        return None if self.signal is None else int(signal.Signals[f"SIG{self.signal}"])

    @property
    def own_stdout(self) -> bool:
        """Whether standard output is to be read apart from all else."""
        return self.stdout_closes_after is not None or self.stdout_rate is not None

    def scaled(self, pace: float) -> Conditions:
        """All times multiplied by `pace`."""
        return self if self.stdout_rate is None else replace(self, stdout_rate=self.stdout_rate / pace)

    def record(self) -> dict[str, Any]:
        """As it stands in run.json; empty where all is as usual."""
        all_ = {
            "signal": self.signal,
            "signal_after": self.signal_after or None,
            "stdout_closes_after": self.stdout_closes_after,
            "stdout_rate": self.stdout_rate,
            "environment": dict(self.environment) or None,
            "read_only": self.read_only or None,
        }
        return {key: value for key, value in all_.items() if value is not None}


USUAL = Conditions()


def from_table(table: Mapping[str, Any]) -> Conditions:
    """The conditions of a scenario's file (already checked); a variable that is `false` there is taken away."""
    environment = {name: value or None for name, value in table.get("environment", {}).items()}
    simple = {key.replace("-", "_"): value for key, value in table.items() if key != "environment"}
    return Conditions(environment=environment, **simple)


def from_record(record: Mapping[str, Any]) -> Conditions:
    """The conditions again from run.json."""
    return Conditions(**record)
