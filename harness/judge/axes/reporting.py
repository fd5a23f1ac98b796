"""What a client reports while it works: its progress lines, compared with what was sent."""

from __future__ import annotations

import re
import statistics
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from harness.judge.axes.axis import MARGIN, Axis, Values
from harness.record.evidence import Evidence
from harness.record.send_log import Connection

FLUSH: Values = ("live", "held-back")
HELD = 0.25  # share of the time in which the chunks were sent; with a larger median lag, output is not live


def grain(evidence: Evidence) -> Values:
    """What one report covers: a `read`, a `line`, a `poem`; or the client is `silent`."""
    reports = evidence.transcript.reports.ends_of
    if not reports:
        return ("silent",)
    told = [task for task in evidence.good if task in reports]
    by_line = all(reports[task] == _line_ends(evidence.scenario.server(task).poem) for task in told)
    by_poem = all(len(reports[task]) == 1 for task in told)
    sends = {task: c.ends for task in told if (c := evidence.log.of_task(task))}
    # A scenario tells two grains apart only if its chunks, lines and poems end in different places.
    chunks_are_lines = all(ends == _line_ends(evidence.scenario.server(task).poem) for task, ends in sends.items())
    chunks_are_poems = all(len(ends) == 1 for ends in sends.values())
    # On a busy machine a client takes with one read what has come since the read before.
    all_at_once = all(_sent_within(MARGIN + evidence.slack, reports[task], evidence.log.of_task(task)) for task in told)
    values = []
    if not (by_line or by_poem) or (by_line and chunks_are_lines) or (by_poem and chunks_are_poems) or all_at_once:
        values.append("read")
    if not told or by_line:
        values.append("line")
    if not told or by_poem:
        values.append("poem")
    return tuple(values)


def _sent_within(seconds: float, reports: Sequence[int], connection: Connection | None) -> bool:
    """Whether each report is about whole chunks that were sent within so many seconds."""
    if connection is None:
        return True
    ends, times, first = connection.ends, connection.times, 0
    for report in reports:
        last = bisect_left(ends, report, first)
        if last == len(ends) or ends[last] != report or times[last] - times[first] > seconds:
            return False
        first = last + 1
    return True


@lru_cache(maxsize=32)
def _line_ends(poem: bytes) -> list[int]:
    ends = [newline.end() for newline in re.finditer(b"\n", poem)]
    return ends if poem.endswith(b"\n") or not poem else [*ends, len(poem)]


def flush(evidence: Evidence) -> Values:
    """`live`: reports come soon after the chunks were sent; `held-back`: they come much later, in bursts."""
    sightings = evidence.sightings
    if not len(sightings):
        return ()
    span = sightings.sent.max() - sightings.sent.min()
    if span < 2 * MARGIN:
        return FLUSH
    # Not by numpy's median: its first call imports 20 ms of other code, in each worker.
    lag = statistics.median(sightings.lags.tolist()) - evidence.slack
    return ("held-back",) if lag > HELD * span else ("live",)


def progress(evidence: Evidence) -> Values:
    """Whether the numbers of the progress lines add up to the sizes of the poems: `exact` or `wrong`."""
    totals = {task: ends[-1] for task, ends in evidence.transcript.reports.ends_of.items()}
    if not totals:
        return ()
    known = range(1, len(evidence.scenario.tasks) + 1)
    sizes = {task: len(evidence.scenario.server(task).poem) for task in known}
    whole = all(totals.get(task, 0) == sizes[task] for task in evidence.good if task not in evidence.called_again)
    others = all(
        task in sizes and (total <= sizes[task] or task in evidence.called_again) for task, total in totals.items()
    )
    return ("exact",) if whole and others else ("wrong",)


REPORTING = (
    Axis(
        "grain",
        grain,
        {
            "read": "a progress line for each read",
            "line": "a progress line for each line of a poem",
            "poem": "a progress line for each poem",
            "silent": "no progress lines",
        },
        trait=True,
        at_ease=True,
    ),
    Axis(
        "flush",
        flush,
        {"live": "progress lines are flushed at once", "held-back": "progress lines are flushed late, in bursts"},
        trait=True,
        at_ease=True,
    ),
)
PROGRESS = Axis("progress", progress, {"exact": "progress adds up", "wrong": "progress does not add up"})
