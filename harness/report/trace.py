"""A run in Chrome's trace event format, which Perfetto (ui.perfetto.dev) opens: a process for each cell, with three
lanes for each task.  Time 0 is the first accept of each cell.

Source: "Trace Event Format", the Chromium project; `X` is a span, `i` an instant, `M` a name; times are microseconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from harness.printable import counted
from harness.report.marks import Marks, marks
from harness.report.recorded import RecordedRun, by_cell

LANES = {"sent": 0, "reported": 1, "printed": 2}  # of each task
SAYS = {"sent": "sent by the server", "reported": "reported by the client", "printed": "on standard output"}
Event = dict[str, Any]


def trace(recorded: RecordedRun) -> str:
    """The trace as JSON.  A cell whose evidence cannot be read has no process."""
    events: list[Event] = []
    for pid, (cell, _) in enumerate(by_cell(recorded), 1):
        if cell.evidence is not None:
            name = f"{cell.scenario}: {recorded.label(cell)}"
            events.append({"ph": "M", "name": "process_name", "pid": pid, "args": {"name": name}})
            events.append({"ph": "M", "name": "process_sort_index", "pid": pid, "args": {"sort_index": pid}})
            events += _cell(pid, marks(cell.evidence))
    whole = {"traceEvents": events, "displayTimeUnit": "ms", "otherData": {"run": recorded.run["id"]}}
    return json.dumps(whole, separators=(",", ":"), ensure_ascii=False) + "\n"


def _cell(pid: int, drawn: Marks) -> Iterator[Event]:
    # Times must not be negative: if something came before the first accept, the whole cell is shifted.
    shift = -drawn.span[0]

    def us(seconds: float) -> float:
        return round((seconds + shift) * 1e6, 1)

    lanes = set()
    for row in drawn.open:
        lanes.add((row["k"], "sent"))
        yield {
            "ph": "X", "name": f"connection of task {row['k']}", "cat": "connection", "pid": pid,
            "tid": _lane(row["k"], "sent"), "ts": us(row["t"]), "dur": round(us(row["u"]) - us(row["t"]), 1),
            "args": {"ended": row["how"]},
        }  # fmt: skip
    for kind, rows in (("sent", drawn.sent), ("reported", drawn.reported), ("printed", drawn.printed)):
        for row in rows:
            lanes.add((row["k"], kind))
            args = {"from": row["s"], "to": row["e"], **({"text": row["text"]} if "text" in row else {})}
            yield {
                "ph": "i", "s": "t", "name": f"{kind} {counted(row['e'] - row['s'], 'byte')}", "cat": kind, "pid": pid,
                "tid": _lane(row["k"], kind), "ts": us(row["t"]), "args": args,
            }  # fmt: skip
    for task, kind in sorted(lanes, key=lambda lane: _lane(*lane)):
        named = f"task {task}: {SAYS[kind]}" if task else f"no task: {SAYS[kind]}"
        tid = _lane(task, kind)
        yield {"ph": "M", "name": "thread_name", "pid": pid, "tid": tid, "args": {"name": named}}
        yield {"ph": "M", "name": "thread_sort_index", "pid": pid, "tid": tid, "args": {"sort_index": tid}}


def _lane(task: int, kind: str) -> int:
    return 3 * task + LANES[kind] + 1
