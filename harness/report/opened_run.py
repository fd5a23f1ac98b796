"""A run in a notebook or in a program of your own: `from harness import open_run`; see docs/lecture.ipynb."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from harness.judge.axes import AXES
from harness.report.comparison import lag_rows, order_rows
from harness.report.recorded import RecordedRun, read_recorded
from harness.report.still import svg
from harness.report.table import table

Row = dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """A picture; a notebook shows it.  `svg` is its text."""

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg


@dataclass(frozen=True)
class Rows:
    """A table as a list of `rows`, each a dict with the same keys; a notebook shows it."""

    rows: Sequence[Row]

    def _repr_html_(self) -> str:
        keys = list(self.rows[0]) if self.rows else []
        head = "".join(f"<th>{escape(key)}</th>" for key in keys)
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(_shown(row[key]))}</td>' for key in keys)}</tr>" for row in self.rows
        )
        return f"<table><tr>{head}</tr>{body}</table>"


@dataclass(frozen=True)
class Text:
    """A text whose lines a notebook shows as they are."""

    text: str

    def __repr__(self) -> str:
        return self.text


class OpenedRun:
    """A run that was recorded: a run's folder, or a ZIP archive of one.  Nothing is run, and nothing is written.

    UsageError if it cannot be read, or if a client or a scenario has another name.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.recorded: RecordedRun = read_recorded(self.path)

    @cached_property
    def clients(self) -> list[str]:
        """The names of the clients."""
        return [client["name"] for client in self.recorded.run["clients"]]

    @cached_property
    def scenarios(self) -> list[str]:
        """The names of the scenarios."""
        return [scenario["name"] for scenario in self.recorded.run["scenarios"]]

    @property
    def cells(self) -> list[Row]:
        """All cells as run.json holds them: verdict, axes, metrics and more; one for each client, scenario, round."""
        return [cell.record for cell in self.recorded.cells]

    def table(self, width: int = 110) -> Text:
        """What `./lab compare` printed, in lines of up to `width` characters."""
        return Text(table(self.recorded.run, width))

    def timelines(self, scenario: str, clients: Iterable[str] = ()) -> Picture:
        """The timelines of a scenario on one time axis, in seconds after the first accept; all clients, or some."""
        return Picture(svg(self._part(scenario, clients), fluid=True))

    def lags(self, scenario: str, clients: Iterable[str] = ()) -> Rows:
        """How much later than sent the clients reported bytes: quartiles and p99 in ms, of `n` reports."""
        part = self._part(scenario, clients)
        return Rows([{key: row[key] for key in row if key != "says"} for row in lag_rows(part, part.cells)])

    def orders(self, scenario: str, clients: Iterable[str] = ()) -> Rows:
        """Kendall's tau of each round: 1 if a client reported everything in the order in which it was sent."""
        part = self._part(scenario, clients)
        return Rows([{"client": row["client"], "tau": row["tau"]} for row in order_rows(part, part.cells)])

    def compare(self, first: str, second: str, scenario: str) -> Rows:
        """Two clients in a scenario, axis by axis, from their first rounds; the last row is the likeness of the two.

        The likeness is the share of the pairs of chunks that both saw in the same order; None if one reports nothing.
        """
        part = self._part(scenario, (first, second))
        one, two = (next(cell.record for cell in part.cells if cell.client == name) for name in (first, second))
        rows = [{"": name, first: one["axes"].get(name), second: two["axes"].get(name)} for name in AXES]
        figures = {"time ÷ floor": "time", "agreement with the send order": "order", "switches ÷ sent": "switches"}
        rows += [
            {"": said, first: one["metrics"].get(name), second: two["metrics"].get(name)}
            for said, name in figures.items()
        ]
        alike = [pair["likeness"] for pair in part.run["likeness"].get(scenario, ())]
        rows.append({"": "likeness", first: alike[0] if alike else None, second: alike[0] if alike else None})
        return Rows([row for row in rows if row[first] or row[second] or row[""] == "likeness"])

    def _part(self, scenario: str, clients: Iterable[str]) -> RecordedRun:
        return read_recorded(self.path, clients=",".join(clients), scenarios=scenario)

    def __repr__(self) -> str:
        return f"run {self.recorded.run['id']}: {len(self.clients)} clients in {len(self.scenarios)} scenarios"


def _shown(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)
