"""The table of a run for a terminal: plain text that fits 80 columns, a row per client and scenario."""

from __future__ import annotations

import itertools
import statistics
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from harness.judge.stability import unstable
from harness.printable import counted, printable_lines
from harness.report.hardware import hardware
from harness.report.remarks import remarks

Cell = dict[str, Any]

MARGIN = "  "
NAME = 12  # the least width to which the column of names is folded
NARROWEST = 60
UNSEEN = "-"  # this scenario does not show the trait, or there is no such value


def table(run: dict[str, Any], width: int = 80) -> str:
    """The whole report: scenarios, likeness matrices, remarks, counts of cells, and the lab's own time."""
    width = max(width, NARROWEST)
    parts = [_heading(run, width)]
    for scenario in run["scenarios"]:
        for server in run["servers"]:
            named = (scenario["name"], server["name"])
            cells = [cell for cell in run["cells"] if (cell["scenario"], cell["server"]) == named]
            by = f" ({server['name']} servers)" if len(run["servers"]) > 1 else ""
            if cells:
                parts.append(_scenario(run, scenario, by, cells, width))
            if over := [t for t in run.get("timings", ()) if (t["scenario"], t["server"]) == named]:
                parts.append(_timings(over, width))
            pairs = [pair for pair in run["likeness"].get(scenario["name"], []) if pair["server"] == server["name"]]
            if pairs:
                parts.append(_matrix(pairs, width))
    noted = [_filled(one.sentence, width, "- ", "  ") for one in remarks(run)]
    if noted:
        parts.append("Worth noticing\n" + "\n".join(noted))
    parts.append(_closing(run, width))
    # A run's folder may come from elsewhere, so control characters in it must not reach the terminal.
    return printable_lines("\n\n".join(parts)) + "\n"


def _filled(text: str, width: int, indent: str = "", further: str = "") -> str:
    return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=further)


def _heading(run: dict[str, Any], width: int) -> str:
    options, made = run["options"], run["provenance"]
    runtimes = ", ".join(f"{name} {version}" for name, version in made["runtimes"].items())
    engine = f" {made['engine']}" if "engine" in made else ""
    how = (
        f"{made['backend']}{engine}, {hardware(made)}, rounds {options['rounds']}, "
        f"pace {options['pace']:g}, seed {options['seed']}"
    )
    return "\n".join(_filled(line, width, "", MARGIN) for line in (f"run {run['id']}", how, runtimes))


def _scenario(run: Cell, scenario: Cell, by: str, cells: Sequence[Cell], width: int) -> str:
    rows = []
    for client in run["clients"]:
        own = [cell for cell in cells if cell["client"] == client["name"]]
        if own:
            rows.append(_row(client, own, unstable(run, own[0])))
    title = _filled(f"{scenario['name']}{by}: {scenario['summary']}", width, "", MARGIN)
    floors = f"floor {scenario['longest_s']:.2f} s; one after another {scenario['total_s']:.2f} s; lag in ms"
    return f"{title}\n{MARGIN}{floors}\n" + _aligned(["client", *COLUMNS], rows, width)


def _row(client: Cell, cells: Sequence[Cell], unstable: Cell | None) -> list[str]:
    ran = [cell for cell in cells if cell["metrics"]]
    return [
        str(client["name"]),
        _verdict(cells, unstable),
        *(column(ran) if ran else "" for column in _COLUMNS.values()),
    ]


def _verdict(cells: Sequence[Cell], unstable: Cell | None) -> str:
    mark = "" if all(cell["expected"] for cell in cells) else "!"
    if unstable:
        return f"unstable {unstable['otherwise']}/{unstable['rounds']}{mark}"
    verdicts = [str(cell["verdict"]) for cell in cells]
    worst = max(dict.fromkeys(verdicts), key=lambda verdict: (verdict != "pass", verdicts.count(verdict)))
    share = f" {verdicts.count(worst)}/{len(verdicts)}" if verdicts.count(worst) < len(verdicts) else ""
    return worst + share + mark


def _trait(name: str) -> Callable[[Sequence[Cell]], str]:
    """A column with the values of an axis over the rounds; a round that leaves several values open does not count."""

    def column(cells: Sequence[Cell]) -> str:
        seen = []
        for cell in cells:
            values = cell["axes"][name]
            if len(values) == 1:
                seen.append(values[0])
        if not seen:
            return UNSEEN
        return "/".join(dict.fromkeys(seen))

    return column


def _figure(read: Callable[[Cell], float | None], form: str) -> Callable[[Sequence[Cell]], str]:
    """A column with the median over the rounds."""

    def column(cells: Sequence[Cell]) -> str:
        values = [value for cell in cells if (value := read(cell)) is not None]
        return format(statistics.median(values), form) if values else UNSEEN

    return column


def _exit(cells: Sequence[Cell]) -> str:
    return "/".join(dict.fromkeys(map(_one_exit, cells)))


def _one_exit(cell: Cell) -> str:
    if cell["signal"] is None:
        return str(cell["exit_status"])
    # If the lab sent the signal, it is shown as a shell shows it: a client may end by the signal or with that status.
    return str(128 + cell["signal"]) if cell.get("signalled") else f"sig{cell['signal']}"


def _lag(cell: Cell) -> float | None:
    lag = cell["metrics"]["lag_ms"]
    return None if lag is None else lag["p50"]


_COLUMNS: dict[str, Callable[[Sequence[Cell]], str]] = {
    "connects": _trait("connects"),
    "order": _figure(lambda cell: cell["metrics"]["order"], ".2f"),
    "grain": _trait("grain"),
    "delivery": _trait("delivery"),
    "time": _figure(lambda cell: cell["metrics"]["time"], ".2f"),
    "lag": _figure(_lag, ".1f"),
    "exit": _exit,
}
COLUMNS = ["verdict", *_COLUMNS]
TIMINGS = {"time": ("time", ".2f"), "lag_ms": ("lag", ".1f"), "cpu_s": ("CPU in s", ".2f")}  # a column each


def _aligned(head: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    """Columns as wide as their content; if the terminal is too narrow they are folded, the first column first.

    A row without values (a cell that was not run) may use the space of its empty columns.
    """
    full = [row for row in rows if any(row[2:])]
    widths = [max(len(row[i]) for row in [head, *full]) for i in range(len(head))]
    widths[0] = max(len(row[0]) for row in [head, *rows])
    while (excess := sum(widths) + len(widths) - 1 + len(MARGIN) - width) > 0:
        widest = 0 if widths[0] > NAME else max(range(1, len(widths)), key=lambda i: widths[i])
        widths[widest] = max(NAME, widths[0] - excess) if widest == 0 else widths[widest] - 1
    lines = []
    for row in [head, *rows]:
        columns = [textwrap.wrap(row[0], widths[0], subsequent_indent=MARGIN)]
        columns += (
            [_folded(cell, w) for cell, w in zip(row[1:], widths[1:], strict=True)] if any(row[2:]) else [[row[1]]]
        )
        for parts in itertools.zip_longest(*columns, fillvalue=""):
            line = " ".join(part.ljust(w) for part, w in zip(parts, widths, strict=False))
            lines.append((MARGIN + line).rstrip())
    return "\n".join(lines)


def _folded(cell: str, width: int) -> list[str]:
    """Several values on several lines if they do not fit on one line."""
    values = [cell] if len(cell) <= width else cell.replace("/", "/ ").replace("!", " !").split()
    return [part for value in values for part in textwrap.wrap(value, width)]


def _timings(timings: Sequence[Cell], width: int) -> str:
    """The medians over the rounds, with their 95 % intervals if there are enough rounds for any."""
    found: dict[str, dict[str, Cell]] = {}
    for timing in timings:
        found.setdefault(timing["client"], {})[timing["figure"]] = timing
    rows = [[name, *(_median(own.get(key), form) for key, (_, form) in TIMINGS.items())] for name, own in found.items()]
    head = ["client", *(title for title, _ in TIMINGS.values())]
    counts = sorted({timing["n"] for timing in timings})
    rounds = f"{counts[0]} to {counts[-1]} rounds" if len(counts) > 1 else f"{counts[0]} rounds"
    interval = " (95 % interval)" if any(timing["low"] is not None for timing in timings) else ""
    return f"{MARGIN}over {rounds}: median{interval}\n" + _aligned(head, rows, width)


def _median(timing: Cell | None, form: str) -> str:
    if timing is None:
        return UNSEEN
    interval = "" if timing["low"] is None else f" ({timing['low']:{form}}-{timing['high']:{form}})"
    return f"{timing['median']:{form}}{interval}"


def _matrix(pairs: Sequence[Cell], width: int) -> str:
    """How alike the interleavings of each two clients are; one line if all are."""
    names = list(dict.fromkeys(name for pair in pairs for name in (pair["a"], pair["b"])))
    values = {(pair["a"], pair["b"]): pair["likeness"] for pair in pairs}
    if all(round(value, 2) == 1 for value in values.values()):
        return f"{MARGIN}likeness of the interleavings: 1.00 for every two clients"
    longest = max(len(name) for name in names)
    per_block = max(1, (width - len(MARGIN) - longest - 4) // 5)
    lines = [f"{MARGIN}likeness of the interleavings (1.00: seen in the same order)"]
    for start in range(0, len(names), per_block):
        block = range(start, min(start + per_block, len(names)))
        lines.append(MARGIN + " " * (longest + 4) + "".join(f"{i + 1:>5}" for i in block))
        for row, name in enumerate(names):
            cells = [values.get((name, names[i]), values.get((names[i], name))) for i in block]
            shown = "".join("    ." if cell is None else f" {cell:.2f}" for cell in cells)
            lines.append(f"{MARGIN}{row + 1:>2}  {name.ljust(longest)}{shown}")
    return "\n".join(lines)


def _closing(run: dict[str, Any], width: int) -> str:
    took = run.get("time")
    cells = run["cells"]
    expected = sum(cell["expected"] for cell in cells)
    line = f"{counted(len(cells), 'cell')}: {expected} as expected, {len(cells) - expected} not."
    if took and took["ratio"]:
        line += f" The run took {took['wall_s']:.1f} s, {took['ratio']:.2f} × the sum of the floors"
        line += f" ({took['floors_s']:.1f} s)."
    if run.get("status", 0) is None:
        line += " The run was stopped early: the cells that were not finished are missing."
    return _filled(line, width)
