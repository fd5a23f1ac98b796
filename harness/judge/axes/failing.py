"""What a client does when something goes wrong: at a server, or because the lab signals it or closes its output."""

from __future__ import annotations

from harness.judge.axes.axis import PIPE, STILL, Axis, Values
from harness.judge.axes.reporting import flush
from harness.record.evidence import Evidence
from harness.record.send_log import Connection

EARLY = 0.005  # seconds: runtimes count time in milliseconds
LATE = 0.25  # seconds: a client may need so long to close a connection
PROMPT = 2.0  # seconds: a client may need so long to end when it is told to, or cannot print


def isolation(evidence: Evidence) -> Values:
    """Whether the other poems still arrive when an address fails: `kept` or `lost`."""
    if not evidence.faults or not evidence.good:
        return ()
    arrived = {poem.task for poem in evidence.stdout_poems.whole()}
    return ("kept",) if arrived.issuperset(evidence.good) else ("lost",)


def truncation(evidence: Evidence) -> Values:
    """Whether a reset or a silence in mid-poem is `noticed` (it is named, or the status is not 0) or `swallowed`."""
    cut = evidence.cut
    if not cut:
        return ()
    named = all(task in evidence.transcript.failures for task in cut)
    return ("noticed",) if named or evidence.recording.exit.status != 0 else ("swallowed",)


def cut_poem(evidence: Evidence) -> Values:
    """What standard output has of a poem that broke off: `part-printed` or `not-printed`."""
    if not evidence.cut or evidence.stdout_poems.difference:
        return ()
    # A part ends with a newline of its own; an empty part is that newline alone.
    printed = any(not poem.whole and poem.end - poem.start > 1 for poem in evidence.stdout_poems.poems)
    return ("part-printed",) if printed else ("not-printed",)


def giving_up(evidence: Evidence) -> Values:
    """Whether the client closes a connection on which nothing more comes.

    If the server is silent for longer than the timeout: `in-time`, `early` or `late`.  If the server has closed its
    side: `in-time`, or `left-open` if the client closes only when all other poems are done.
    """
    patience, gave_up = evidence.scenario.patience, told_in_time(evidence)
    if patience is None or not gave_up:
        left = [left_open(evidence, connection) for connection in evidence.log.connections]
        return ("left-open",) if True in left else ("in-time",) if False in left else ()
    # No client has the last byte before it was sent, so early is early on a loaded machine, too.  But a client can be
    # connected before the server knows it.
    heard = {task: wait for task, wait in gave_up.items() if (c := evidence.log.of_task(task)) and c.sent}
    unanswered = [
        at - evidence.recording.started  # it cannot have connected earlier
        for task, at in evidence.transcript.failed_at.items()
        if evidence.faults.get(task) == "unanswered"
    ]
    if any(wait < patience - EARLY for wait in [*heard.values(), *unanswered]):
        return ("early",)
    return ("late",) if max(gave_up.values()) > patience + max(LATE, patience / 2) else ("in-time",)


def told_in_time(evidence: Evidence) -> dict[int, float]:
    """How long the client waited for each silent task, in seconds.

    A task whose connection is never answered is left out if the client holds its reports back, or tells of failures
    only when all poems have ended: then the time of the report says nothing about the time when the client gave up.
    """
    held_back = flush(evidence) == ("held-back",)
    return {
        task: wait
        for task, wait in evidence.gave_up.items()
        if evidence.faults[task] != "unanswered" or not (held_back or _told_at_end(evidence, task))
    }


def _told_at_end(evidence: Evidence, task: int) -> bool:
    return 0 <= evidence.transcript.failed_at[task] - evidence.last_done <= LATE


def left_open(evidence: Evidence, connection: Connection) -> bool | None:
    """Whether the client kept the connection open to the end after the server had closed its side; None: unknown."""
    if connection.fin is None or evidence.last_done - connection.fin < STILL or evidence.recording.stopped:
        return None
    return connection.ended is None or connection.ended >= evidence.last_done


def stopping(evidence: Evidence) -> Values:
    """How a client ends after a signal, or after its standard output is closed: `at-once`, `late` or `ignored`."""
    since = evidence.disturbed
    if since is None or not evidence.open_then:
        return ()
    deadline = _told(evidence, since) + PROMPT
    if any(c.how != "hang-up" and c.ended is not None and c.ended > deadline for c in evidence.open_then):
        return ("ignored",)
    return ("late",) if since + max(evidence.hung_up.values(), default=0.0) > deadline else ("at-once",)


def _told(evidence: Evidence, since: float) -> float:
    """When the client knew it.  A closed standard output it notices when it prints the next poem, at the latest."""
    if evidence.recording.signalled is not None:
        return since
    tasks = range(1, len(evidence.scenario.tasks) + 1)
    return min((done for task in tasks if (done := evidence.done(task)) is not None and done > since), default=since)


def failures(evidence: Evidence) -> Values:
    """Whether standard error names exactly the addresses that failed: `named` or `unnamed`."""
    told = set(evidence.transcript.failures)
    if (not told and not evidence.faults) or evidence.disturbed is not None:
        return ()
    return ("named",) if told == set(evidence.faults) else ("unnamed",)


def exit_(evidence: Evidence) -> Values:
    """Whether the exit status tells the truth, `true` or `false`: 1 if an address failed, 0 if all poems are complete.

    After a signal the status must report the signal; if output was lost, it must not be 0.
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


FAILING = (
    Axis(
        "isolation",
        isolation,
        {"kept": "all other poems are printed completely", "lost": "other poems are lost as well"},
    ),
    Axis(
        "truncation",
        truncation,
        {"noticed": "the break is noticed", "swallowed": "the break is taken for the end of the poem"},
    ),
    Axis(
        "cut_poem",
        cut_poem,
        {
            "not-printed": "nothing of the broken poem is printed",
            "part-printed": "the part of the broken poem that arrived is printed",
        },
    ),
    Axis(
        "giving_up",
        giving_up,
        {
            "in-time": "the connection to the silent server is closed in time",
            "early": "the connection to the silent server is closed too early",
            "late": "the connection to the silent server is closed too late",
            "left-open": "the connection to the silent server is left open",
        },
    ),
    Axis(
        "stopping",
        stopping,
        {
            "at-once": "all connections are closed at once",
            "late": "the connections are closed late",
            "ignored": "the connections are not closed",
        },
    ),
    Axis(
        "failures",
        failures,
        {
            "named": "standard error names exactly the addresses that failed",
            "unnamed": "standard error does not name exactly the addresses that failed",
        },
    ),
)
EXIT = Axis("exit", exit_, {"true": "as it should be", "false": "not as it should be"})
