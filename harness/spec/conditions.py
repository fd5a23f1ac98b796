"""The conditions that a scenario sets for the client itself: a signal, a standard output that is read slowly or closed
early, other environment variables, a read-only file system.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Conditions:
    """The table `client` of a scenario's file.

    `signal` (TERM or INT) is sent as soon as the servers have sent `signal_after` bytes in all.  It waits for this
    event because a number of seconds would be a different moment in each runtime.  The lab reads at most `stdout_rate`
    bytes a second of standard output, and closes its end after `stdout_closes_after` bytes.  `environment` sets
    variables, or removes them (None).  With `read_only` the client cannot write a file anywhere.
    """

    signal: str | None = None
    signal_after: int = 0
    stdout_closes_after: int | None = None
    stdout_rate: float | None = None
    environment: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    read_only: bool = False

    @property
    def signal_number(self) -> int | None:
        """The signal's number; None if the scenario sends no signal."""
        return None if self.signal is None else int(signal.Signals[f"SIG{self.signal}"])

    @property
    def own_stdout(self) -> bool:
        """Whether standard output must be read separately from the other streams."""
        return self.stdout_closes_after is not None or self.stdout_rate is not None

    def scaled(self, pace: float) -> Conditions:
        """The same conditions, with all times multiplied by `pace`."""
        return self if self.stdout_rate is None else replace(self, stdout_rate=self.stdout_rate / pace)

    def record(self) -> dict[str, Any]:
        """The conditions as run.json holds them; empty if all are the usual ones."""
        every = {
            "signal": self.signal,
            "signal_after": self.signal_after or None,
            "stdout_closes_after": self.stdout_closes_after,
            "stdout_rate": self.stdout_rate,
            "environment": dict(self.environment) or None,
            "read_only": self.read_only or None,
        }
        return {key: value for key, value in every.items() if value is not None}


USUAL = Conditions()


def from_table(table: Mapping[str, Any]) -> Conditions:
    """The conditions in a scenario's file (already checked); a variable that is `false` there is removed."""
    environment = {name: value or None for name, value in table.get("environment", {}).items()}
    simple = {key.replace("-", "_"): value for key, value in table.items() if key != "environment"}
    return Conditions(environment=environment, **simple)


def from_record(record: Mapping[str, Any]) -> Conditions:
    """The conditions read back from run.json."""
    return Conditions(**record)
