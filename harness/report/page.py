"""A run as one HTML page that needs no network, no server and no other file.

Vega draws the figures in the page from Vega-Lite specifications, which are compiled here.  Jinja escapes everything
that a client printed, and a content security policy prevents the page from fetching anything.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import vl_convert
from markupsafe import Markup

from harness.judge.stability import unstable
from harness.printable import byte_at, counted, printable_lines
from harness.report import comparison, figures
from harness.report.marks import Marks, marks
from harness.report.recorded import RecordedCell, RecordedRun, by_cell, without_paths
from harness.report.remarks import remarks
from harness.report.timeline import timeline
from harness.spec.scenario import Scenario

HERE = Path(__file__).resolve().parent
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
BEFORE = 60  # bytes of a poem shown before a difference


@dataclass(frozen=True)
class Section:
    """What the page shows of one client in one scenario."""

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
    def key(self) -> str:
        """The name of the cell's marks in the page's data."""
        return f"marks-{self.anchor}"

    @property
    def sentence(self) -> str:
        """The reason for the verdict."""
        return without_paths(self.record["reason"]["sentence"])

    @property
    def other_rounds(self) -> str:
        """The verdicts of all rounds as a sentence; empty if there was one round."""
        if len(self.rounds) == 1:
            return ""
        said = ", ".join(f"{c.record['round']} {c.record['verdict']}" for c in self.rounds)
        return f"Rounds: {said}. Round {self.record['round']} is drawn."

    @property
    def figures(self) -> list[tuple[str, str]]:
        """What was observed and measured: (name, value)."""
        axes = {name: " or ".join(values) or "-" for name, values in self.record["axes"].items()}
        metrics = self.record["metrics"]
        found = list(axes.items())
        if metrics:
            if metrics["time"] is not None:
                found.append(("time", f"{metrics['time']:.2f} × the floor of {metrics['floor_s']:.2f} s"))
            if metrics["lag_ms"] and metrics["lag_ms"]["p50"] is not None:
                found.append(
                    ("lag", f"median {metrics['lag_ms']['p50']:.2f} ms, p99 {metrics['lag_ms']['p99']:.2f} ms")
                )
            if metrics["order"] is not None:
                pairs = counted(metrics["order_pairs"], "pair")
                found.append(("order of the reports", f"{metrics['order']:.2f} over {pairs}"))
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
    def caption(self) -> str:
        """What the timeline shows, with the number of marks."""
        if self.marks is None:
            return ""
        kinds = {
            "sent": ("send", "sends"),
            "reported": ("report", "reports"),
            "printed": ("piece of standard output", "pieces of standard output"),
        }
        counts = []
        for kind, nouns in kinds.items():
            drawn, there = self.marks.drawn.get(kind, (len(getattr(self.marks, kind)),) * 2)
            counts.append(counted(there, *nouns) + (f" ({drawn} drawn)" if drawn < there else ""))
        evidence = self.cell.evidence
        shared = evidence is not None and evidence.scenario.shares_servers
        guess = " Tasks share servers: connections are assigned to tasks in the order of the accepts." if shared else ""
        return f"{self.record['scenario']} · {self.label}: {', '.join(counts)}.{guess}"


def shown(data: bytes) -> str:
    """Bytes as text: ends of lines are marked, everything else that is not printable is escaped."""
    return printable_lines(data.decode("utf-8", errors="backslashreplace")).replace("\n", "⏎\n")


def page(recorded: RecordedRun) -> str:
    """The whole page."""
    sections = _sections(recorded)
    groups = []
    for record in recorded.run["scenarios"]:
        own = [section for section in sections if section.record["scenario"] == record["name"]]
        groups.append({"record": record, "sections": own, **_drawings(recorded, record, own)})
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        finalize=_inert,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "ensure_ascii": False}
    return environment.get_template("page.html.j2").render(
        run=recorded.run,
        notes=recorded.notes,
        remarks=[without_paths(remark) for remark in remarks(recorded.run)],
        groups=groups,
        columns=list(dict.fromkeys(section.label for section in sections)),
        matrix={(section.label, section.record["scenario"]): section for section in sections},
        unexpected=sum(not cell.record["expected"] for cell in recorded.cells),
        symbols=SYMBOLS,
        counted=counted,
        vega_version=vl_convert.get_vega_version(),
        style=Markup((HERE / "page.css").read_text("utf-8")),
        script=Markup((HERE / "page.js").read_text("utf-8")),
        vega=Markup(_vega()),
    )


def _inert(value: Any) -> Any:
    """A string without control characters and changes of text direction, which Jinja's escaping does not cover."""
    return printable_lines(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _vega() -> str:
    """The drawing library, from the wheel of vl-convert; it defines the function `vegaEmbed`."""
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", figures.VERSION)
    return bundle.replace("</script", "<\\/script")


def _sections(recorded: RecordedRun) -> list[Section]:
    sections = []
    for cell, rounds in by_cell(recorded):
        server = f"/{cell.server}" if recorded.several_servers else ""
        sections.append(
            Section(
                anchor=f"{cell.client}/{cell.scenario}{server}",
                label=recorded.label(cell),
                cell=cell,
                rounds=rounds,
                marks=marks(cell.evidence) if cell.evidence else None,
                unstable=unstable(recorded.run, cell.record),
            )
        )
    return sections


def _drawings(recorded: RecordedRun, record: dict[str, Any], sections: Sequence[Section]) -> dict[str, Any]:
    """The data of a scenario's figures: the compiled timeline, the marks, the poems, and the comparisons."""
    drawn = {section.key: section.marks for section in sections if section.marks}
    scenario = recorded.scenarios.get(record["name"])
    drawing = None
    clock = (0.0, 0.0)
    if drawn and scenario:
        spans = [found.span for found in drawn.values()]
        clock = (min(start for start, _ in spans), max(end for _, end in spans) * 1.01)
        drawing = {
            "spec": compiled(timeline(len(scenario.tasks), clock)),
            "clock": clock,
            "marks": {key: {kind: _columns(rows) for kind, rows in m.tables().items()} for key, m in drawn.items()},
            **_poems(scenario),
        }
    return {"timeline": drawing, "clock": clock, "comparisons": _comparisons(recorded, record["name"])}


def compiled(body: figures.Spec) -> dict[str, Any]:
    """A Vega-Lite specification compiled to Vega, so that the page needs no compiler."""
    vega: dict[str, Any] = json.loads(
        json.dumps(vl_convert.vegalite_to_vega(figures.spec(body), vl_version=figures.VERSION))
    )
    return vega


def _columns(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Rows as columns, which need half the space."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _poems(scenario: Scenario) -> dict[str, Any]:
    return {
        "poems": [base64.b64encode(server.poem).decode() for server in scenario.servers],
        "tasks": list(scenario.tasks),
    }


def _comparisons(recorded: RecordedRun, scenario: str) -> list[dict[str, Any]]:
    """The figures that compare clients: title, caption and compiled specification of each."""
    cells = [cell for cell in recorded.cells if cell.scenario == scenario]
    found = []
    if lags := comparison.lag_rows(recorded, cells):
        caption = "line: minimum to p99; box: quartiles; stroke: median; over all rounds"
        found.append(("Lag", caption, figures.lags(lags, comparison.names(lags))))
    if orders := comparison.order_rows(recorded, cells):
        caption = "how well the order of the reports agrees with the order of the sends; a mark for each round"
        found.append(("Order", caption, figures.orders(orders, comparison.names(orders))))
    for server in comparison.names(pairs := recorded.run["likeness"].get(scenario, []), "server"):
        alike = comparison.likeness_rows([pair for pair in pairs if pair["server"] == server])
        counts = sorted({row["n"] for row in alike})
        by = f", {server} servers" if recorded.several_servers else ""
        caption = (
            f"how alike the sequences of tasks are{by}; 1.00: the same sequence; "
            f"n = {' or '.join(map(str, counts))} (rounds)"
        )
        names = comparison.names(alike, "a")
        found.append(("Likeness of the interleavings", caption, figures.likeness(alike, names)))
    return [
        {"title": f"{title} in {scenario}", "caption": caption, "spec": compiled(body)}
        for title, caption, body in found
    ]
