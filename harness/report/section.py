"""What the page says of one client in one scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.printable import byte_at, counted, printable_lines
from harness.report.marks import Marks
from harness.report.matrix import in_words
from harness.report.recorded import RecordedCell, without_paths

SYMBOLS = {
    "pass": "✓",
    "fail": "✗",
    "timeout": "◷",
    "crash": "✸",
    "build-failed": "▧",
    "unsupported": "–",
    "skipped": "○",
    "lab-error": "△",
}
KINDS = {
    "sent": ("send", "sends"),
    "reported": ("report", "reports"),
    "printed": ("piece of standard output", "pieces of standard output"),
}
BEFORE = 60  # bytes of a poem shown before a difference


@dataclass(frozen=True)
class Section:
    """One client in one scenario: the cell to show, all its rounds, and its marks if its evidence can be read."""

    anchor: str
    label: str
    cell: RecordedCell
    rounds: Sequence[RecordedCell]
    marks: Marks | None
    unstable: dict[str, Any] | None = None  # of run.json's `stability`

    @property
    def record(self) -> dict[str, Any]:
        """The cell's record in run.json."""
        return self.cell.record

    @property
    def symbol(self) -> str:
        """The sign of the verdict."""
        return SYMBOLS[self.record["verdict"]]

    @property
    def sentence(self) -> str:
        """The reason for the verdict."""
        return without_paths(self.record["reason"]["sentence"])

    @property
    def words(self) -> str:
        """What the client did in a few words."""
        return in_words(self.record)

    @property
    def telling(self) -> bool:
        """Whether there is more to say than the verdict and its figures."""
        record = self.record
        return bool(record["verdict"] != "pass" or not record["expected"] or self.unstable or self.difference)

    @property
    def other_rounds(self) -> str:
        """The verdicts of all rounds as a sentence; empty if there was one round."""
        if len(self.rounds) == 1:
            return ""
        said = ", ".join(f"{c.record['round']} {c.record['verdict']}" for c in self.rounds)
        return f"Rounds: {said}. Round {self.record['round']} is drawn."

    @property
    def figures(self) -> dict[str, str]:
        """What was observed and measured: the value by its name."""
        found = {name: " or ".join(values) for name, values in self.record["axes"].items() if values}
        metrics = self.record["metrics"]
        if metrics.get("time") is not None:
            found["time"] = f"{metrics['time']:.2f} × {metrics['floor_s']:.2f} s"
        lag = metrics.get("lag_ms")
        if lag and lag["p50"] is not None:
            found["lag"] = f"{lag['p50']:.2f} ms, p99 {lag['p99']:.2f} ms"
        if metrics.get("order") is not None:
            found["order of the reports"] = f"{metrics['order']:.2f} over {counted(metrics['order_pairs'], 'pair')}"
        return found

    @property
    def difference(self) -> dict[str, str] | None:
        """Where standard output first differs: the place, the bytes before it, what was expected, what came."""
        evidence = self.cell.evidence
        found = evidence.stdout_poems.difference if evidence else None
        if evidence is None or found is None:
            return None
        server = evidence.scenario.server(found.task) if found.task else None
        before = server.poem[max(0, found.offset - BEFORE) : found.offset] if server else b""
        where = "after all the poems"
        if server:
            where = f"in poem {found.task} ({server.name}) at {byte_at(server.poem, found.offset)}"
        return {
            "where": where,
            "before": shown(before),
            "expected": shown(found.expected) or "the end of the output",
            "got": shown(found.got) or "the end of the output",
        }

    @property
    def thinned(self) -> str:
        """Which marks are drawn, if there are too many to draw all; else empty."""
        drawn = self.marks.drawn if self.marks else {}
        parts = [f"{counted(there, *KINDS[kind])} ({some} drawn)" for kind, (some, there) in drawn.items()]
        return f"Too many marks to draw all: {', '.join(parts)}." if parts else ""

    @property
    def caption(self) -> str:
        """What the timeline shows, with the number of marks."""
        if self.marks is None:
            return ""
        there = {kind: len(getattr(self.marks, kind)) for kind in KINDS}
        there |= {kind: of for kind, (_, of) in self.marks.drawn.items()}
        counts = ", ".join(counted(there[kind], *nouns) for kind, nouns in KINDS.items())
        return f"{self.record['scenario']} · {self.label}: {counts}"


def shown(data: bytes) -> str:
    """Bytes as text: ends of lines are marked, everything else that is not printable is escaped."""
    return printable_lines(data.decode("utf-8", errors="backslashreplace")).replace("\n", "⏎\n")
