"""The axes of comparison: pure functions from the evidence of a cell to what it shows.

Each axis is a tuple of the values that the evidence allows.  One value is an observation; several mean that this
scenario cannot tell them apart; none, that it does not touch the axis.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Sequence

from harness.evidence import Evidence
from harness.send_log import Connection

Values = tuple[str, ...]

MARGIN = 0.1  # seconds: a chance to act differently must be at least this long to count
TIE = 0.02  # seconds: poems done nearer together than this may come in either order
HELD = 0.25  # share of the time in which the chunks were sent; a median lag beyond it is no live output

HOLDS = 40_000_000  # bytes: more than sockets hold, where both ends' buffers have grown as far as Linux lets them
EARLY = 0.005  # seconds: clocks of runtimes count in milliseconds
LATE = 0.25  # seconds: what a client may take to hang up
PROMPT = 2.0  # seconds: what a client may take to end when it is told to, or cannot print
PIPE = 1 << 16  # bytes that a pipe holds
STILL = 0.5  # seconds: a poem that has not gone on for so long stands still

CONNECTS: Values = ("together", "in-turn")
READS: Values = ("all-at-once", "one-at-a-time")
GRAIN: Values = ("read", "line", "poem")
FLUSH: Values = ("live", "held-back")
DELIVERY: Values = ("streams", "each", "at-end")
ORDER: Values = ("arguments", "completion", "reverse-completion")


def bytes_(evidence: Evidence) -> Values:
    """Standard output against the poems: `exact` or `differs`."""
    return ("differs",) if evidence.printed.difference else ("exact",)


def connects(evidence: Evidence) -> Values:
    """`together`: all called before the first ended; `in-turn`: never two open; else `partly`."""
    connections = evidence.log.connections
    tasks = range(1, len(evidence.scenario.tasks) + 1)
    expected = [task for task in tasks if evidence.scenario.server(task).name is not None]
    if evidence.scenario.comes_and_goes:  # a connection more or less is no matter of taste there
        called = {c.task for c in connections}
        expected = [task for task in expected if task in called]
        connections = [c for c in connections if evidence.log.first(c.task) is c]
    if len(expected) < 2 or len(connections) < 2:
        return CONNECTS
    if max_open(evidence) == 1:
        return ("in-turn",)
    first_end = min((c.ended for c in connections if c.ended is not None), default=float("inf"))
    together = len(connections) == len(expected) and max(c.called for c in connections) < first_end
    return ("together",) if together else ("partly",)


def max_open(evidence: Evidence) -> int:
    """The most connections open at one moment, by the servers' account."""
    changes = [(c.called, 1) for c in evidence.log.connections]
    changes += [(_closed(evidence, c), -1) for c in evidence.log.connections if c.ended is not None]
    opened = most = 0
    for _, change in sorted(changes):
        opened += change
        most = max(most, opened)
    return most


def _closed(evidence: Evidence, connection: Connection) -> float:
    """When a connection was over: one that the client broke was so before the servers could see it."""
    since = evidence.silent.get(connection.task or 0)
    ended = (None if since is None else connection.left(since)) or connection.ended or 0.0
    return max(ended - TIE, (connection.accepted + ended) / 2) if connection.how == "hang-up" else ended


def reads(evidence: Evidence) -> Values:
    """Does a poem that no socket can hold go on while another is unfinished?  `all-at-once` or `one-at-a-time`."""
    floods = [task for task in evidence.good if len(evidence.scenario.server(task).poem) > HOLDS]
    slow = [done for task in evidence.good if task not in floods and (done := evidence.done(task)) is not None]
    if not floods or not slow:
        return ()
    until = max(slow)
    connections = [c for task in floods if (c := evidence.log.of_task(task)) is not None]
    if any(c.sent_by(until) > HOLDS for c in connections):
        return ("all-at-once",)
    went_on = any(until - STILL < t <= until for c in connections for t in c.times)
    return READS if went_on else ("one-at-a-time",)


def grain(evidence: Evidence) -> Values:
    """What one report covers: a `read`, a `line`, a `poem`; or the client is `silent`."""
    reports: dict[int, list[int]] = {}
    for report in evidence.transcript.reports:
        reports.setdefault(report.task, []).append(report.end)
    if not evidence.transcript.reports:
        return ("silent",)
    told = [task for task in evidence.good if task in reports]
    by_line = all(reports[task] == _line_ends(evidence.scenario.server(task).poem) for task in told)
    by_poem = all(len(reports[task]) == 1 for task in told)
    sends = {task: c.ends for task in told if (c := evidence.log.of_task(task))}
    # A scenario tells two grains apart only where its chunks, lines and poems end in different places.
    chunks_are_lines = all(ends == _line_ends(evidence.scenario.server(task).poem) for task, ends in sends.items())
    chunks_are_poems = all(len(ends) == 1 for ends in sends.values())
    values = []
    if not told or (not by_line and not by_poem) or (by_line and chunks_are_lines) or (by_poem and chunks_are_poems):
        values.append("read")
    if not told or by_line:
        values.append("line")
    if not told or by_poem:
        values.append("poem")
    return tuple(values)


def _line_ends(poem: bytes) -> list[int]:
    ends = [index + 1 for index, byte in enumerate(poem) if byte == 10]
    return ends if poem.endswith(b"\n") or not poem else [*ends, len(poem)]


def flush(evidence: Evidence) -> Values:
    """`live`: reports come about when the chunks are sent; `held-back`: they come much later, in bursts."""
    sightings = evidence.sightings
    if not sightings:
        return ()
    span = max(s.sent for s in sightings) - min(s.sent for s in sightings)
    if span < 2 * MARGIN:
        return FLUSH
    lag = statistics.median(s.seen - s.sent for s in sightings)
    return ("held-back",) if lag > HELD * span else ("live",)


def delivery(evidence: Evidence) -> Values:
    """When standard output shows a poem: it `streams`, `each` when it is done, or all `at-end`."""
    stdout, poems = evidence.transcript.stdout, evidence.printed.poems
    seen = [(poem, stdout.at(poem.start), done) for poem in poems if (done := evidence.done(poem.task)) is not None]
    if not seen:
        return DELIVERY
    # Nothing can be printed before it was sent, so these comparisons hold however loaded the machine is.
    if any(shown < done for _, shown, done in seen):
        return ("streams",)
    values = []
    first, _, first_done = seen[0]
    connection = evidence.log.of_task(first.task)
    if connection is None or not connection.times or connection.times[0] > first_done - MARGIN:
        values.append("streams")
    if any(shown < evidence.last_done for _, shown, _ in seen):
        values.append("each")
    else:
        values.append("at-end")
        # Poems that were done early would have been shown early, unless they waited for their turn as arguments.
        tasks = [poem.task for poem, _, _ in seen]
        dues = [first_done] if tasks == sorted(tasks) else [done for _, _, done in seen]
        if min(dues) > evidence.last_done - MARGIN:
            values.append("each")
    return tuple(values)


def order(evidence: Evidence) -> Values:
    """The order of the poems on standard output: `arguments`, `completion`, `reverse-completion` or `other`."""
    tasks = [poem.task for poem in evidence.printed.whole()]
    if len(tasks) < 2 or evidence.scenario.shares_servers:
        return ORDER
    done = [evidence.done(task) or evidence.last_done for task in tasks]
    values = []
    if tasks == sorted(tasks):
        values.append("arguments")
    if all(a <= b + TIE for a, b in itertools.pairwise(done)):
        values.append("completion")
    if all(a >= b - TIE for a, b in itertools.pairwise(done)):
        values.append("reverse-completion")
    return tuple(values) or ("other",)


def isolation(evidence: Evidence) -> Values:
    """When an address fails, do the others' poems still arrive?  `kept` or `lost`."""
    if not evidence.faults or not evidence.good:
        return ()
    arrived = {poem.task for poem in evidence.printed.whole()}
    return ("kept",) if arrived.issuperset(evidence.good) else ("lost",)


def truncation(evidence: Evidence) -> Values:
    """Is a reset or a silence in mid-poem noticed?  `noticed` (it is named, or the status is not 0) or `swallowed`."""
    cut = evidence.cut
    if not cut:
        return ()
    named = all(task in evidence.transcript.failures for task in cut)
    return ("noticed",) if named or evidence.recording.exit.status != 0 else ("swallowed",)


def cut_poem(evidence: Evidence) -> Values:
    """What standard output holds of a poem that broke off: `part-printed` or `not-printed`."""
    if not evidence.cut or evidence.printed.difference:
        return ()
    # A part ends with a newline of its own, which is all that there is of an empty one.
    printed = any(not poem.whole and poem.end - poem.start > 1 for poem in evidence.printed.poems)
    return ("part-printed",) if printed else ("not-printed",)


def giving_up(evidence: Evidence) -> Values:
    """Is a server from which nothing more comes hung up on?

    One that is silent when the patience is over: `in-time`, `early` or `late`.  One that has ended its side soon:
    `in-time`, or only when all others are done, `left-open`.
    """
    patience = evidence.scenario.patience
    if patience is None or not evidence.gave_up:
        left = [left_open(evidence, connection) for connection in evidence.log.connections]
        return ("left-open",) if True in left else ("in-time",) if False in left else ()
    # No client can have the last byte before it was sent, so that early is early however loaded the machine is; but it
    # can be connected before the server knows.
    heard = {task: wait for task, wait in evidence.gave_up.items() if (c := evidence.log.of_task(task)) and c.sent}
    unanswered = [
        at - evidence.recording.started  # it cannot have called before
        for task, at in evidence.transcript.failed_at.items()
        if evidence.faults.get(task) == "unanswered"
    ]
    if any(wait < patience - EARLY for wait in [*heard.values(), *unanswered]):
        return ("early",)
    return ("late",) if max(evidence.gave_up.values()) > patience + max(LATE, patience / 2) else ("in-time",)


def stopping(evidence: Evidence) -> Values:
    """Does a client end that is sent a signal, or whose standard output is closed?  `at-once`, `late` or `ignored`."""
    since = evidence.disturbed
    if since is None or not evidence.open_then:
        return ()
    deadline = _told(evidence, since) + PROMPT
    if any(c.how != "hang-up" and c.ended is not None and c.ended > deadline for c in evidence.open_then):
        return ("ignored",)
    return ("late",) if since + max(evidence.hung_up.values(), default=0.0) > deadline else ("at-once",)


def _told(evidence: Evidence, since: float) -> float:
    """When a client knew of it: at the latest when it has the next poem to print, where standard output was closed."""
    if evidence.recording.signalled is not None:
        return since
    tasks = range(1, len(evidence.scenario.tasks) + 1)
    return min((done for task in tasks if (done := evidence.done(task)) is not None and done > since), default=since)


def left_open(evidence: Evidence, connection: Connection) -> bool | None:
    """Whether the client kept it open to the end, though the server had ended its side; None: it cannot be told."""
    if connection.fin is None or evidence.last_done - connection.fin < STILL or evidence.recording.stopped:
        return None
    return connection.ended is None or connection.ended >= evidence.last_done


def failures(evidence: Evidence) -> Values:
    """Does the client name on standard error just the addresses that failed?  `named` or `unnamed`."""
    told = set(evidence.transcript.failures)
    if (not told and not evidence.faults) or evidence.disturbed is not None:
        return ()
    return ("named",) if told == set(evidence.faults) else ("unnamed",)


def progress(evidence: Evidence) -> Values:
    """Do the numbers of the progress lines add up to the poems?  `exact` or `wrong`."""
    totals: dict[int, int] = {}
    for report in evidence.transcript.reports:
        totals[report.task] = report.end
    if not totals:
        return ()
    known = range(1, len(evidence.scenario.tasks) + 1)
    sizes = {task: len(evidence.scenario.server(task).poem) for task in known}
    whole = all(totals.get(task, 0) == sizes[task] for task in evidence.good if task not in evidence.called_again)
    others = all(
        task in sizes and (total <= sizes[task] or task in evidence.called_again) for task, total in totals.items()
    )
    return ("exact",) if whole and others else ("wrong",)


def exit_(evidence: Evidence) -> Values:
    """Does the exit status tell the truth?  `true` or `false`: 1 where an address failed, 0 where all came.

    Of a client that was sent a signal the status must tell that; of one whose output was lost, that all is not well.
    """
    end, conditions = evidence.recording.exit, evidence.scenario.client
    if evidence.recording.signalled is not None:
        number = conditions.signal_number or 0
        return ("true",) if end.signal == number or end.status == 128 + number else ("false",)
    if evidence.recording.stdout_closed is not None:
        size = sum(len(evidence.scenario.server(task).poem) + 1 for task in evidence.excused)
        lost = size > (conditions.stdout_closes_after or 0) + PIPE
        return ("false",) if end.status == 0 and lost else ("true",)
    return ("true",) if end.status == (1 if evidence.faults else 0) else ("false",)


AXES: dict[str, Callable[[Evidence], Values]] = {
    "bytes": bytes_,
    "connects": connects,
    "reads": reads,
    "grain": grain,
    "flush": flush,
    "delivery": delivery,
    "order": order,
    "isolation": isolation,
    "truncation": truncation,
    "cut_poem": cut_poem,
    "giving_up": giving_up,
    "stopping": stopping,
    "failures": failures,
    "progress": progress,
    "exit": exit_,
}


AT_EASE = ("reads", "grain", "flush", "delivery", "order")  # not to be seen of a client that is disturbed or held up


def observe(evidence: Evidence) -> dict[str, Sequence[str]]:
    """All axes of one cell."""
    untouched = () if evidence.at_ease else AT_EASE
    return {name: [] if name in untouched else list(axis(evidence)) for name, axis in AXES.items()}
