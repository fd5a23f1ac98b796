"""What a client makes of what goes wrong: at a server, or by what the lab does to it."""

from __future__ import annotations

from harness.judge.axes.reporting import flush
from harness.judge.axes.values import PIPE, STILL, Values
from harness.record.evidence import Evidence
from harness.record.send_log import Connection

EARLY = 0.005  # seconds: clocks of runtimes count in milliseconds
LATE = 0.25  # seconds: what a client may take to hang up
PROMPT = 2.0  # seconds: what a client may take to end when it is told to, or cannot print


def isolation(evidence: Evidence) -> Values:
    """When an address fails, do the others' poems still arrive?  `kept` or `lost`."""
    if not evidence.faults or not evidence.good:
        return ()
    arrived = {poem.task for poem in evidence.stdout_poems.whole()}
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
    if not evidence.cut or evidence.stdout_poems.difference:
        return ()
    # A part ends with a newline of its own, which is all that there is of an empty one.
    printed = any(not poem.whole and poem.end - poem.start > 1 for poem in evidence.stdout_poems.poems)
    return ("part-printed",) if printed else ("not-printed",)


def giving_up(evidence: Evidence) -> Values:
    """Is a server from which nothing more comes hung up on?

    One that is silent when the patience is over: `in-time`, `early` or `late`.  One that has ended its side soon:
    `in-time`, or only when all others are done, `left-open`.
    """
    patience, gave_up = evidence.scenario.patience, told_in_time(evidence)
    if patience is None or not gave_up:
        left = [left_open(evidence, connection) for connection in evidence.log.connections]
        return ("left-open",) if True in left else ("in-time",) if False in left else ()
    # No client can have the last byte before it was sent, so that early is early however loaded the machine is; but it
    # can be connected before the server knows.
    heard = {task: wait for task, wait in gave_up.items() if (c := evidence.log.of_task(task)) and c.sent}
    unanswered = [
        at - evidence.recording.started  # it cannot have called before
        for task, at in evidence.transcript.failed_at.items()
        if evidence.faults.get(task) == "unanswered"
    ]
    if any(wait < patience - EARLY for wait in [*heard.values(), *unanswered]):
        return ("early",)
    return ("late",) if max(gave_up.values()) > patience + max(LATE, patience / 2) else ("in-time",)


def told_in_time(evidence: Evidence) -> dict[int, float]:
    """How long silent tasks were borne, but for those of which there is only the word of a client that holds all its
    reports back: when it speaks of them says nothing of when it gave them up.
    """
    if flush(evidence) != ("held-back",):
        return evidence.gave_up
    return {task: wait for task, wait in evidence.gave_up.items() if evidence.faults[task] != "unanswered"}


def left_open(evidence: Evidence, connection: Connection) -> bool | None:
    """Whether the client kept it open to the end, though the server had ended its side; None: it cannot be told."""
    if connection.fin is None or evidence.last_done - connection.fin < STILL or evidence.recording.stopped:
        return None
    return connection.ended is None or connection.ended >= evidence.last_done


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


def failures(evidence: Evidence) -> Values:
    """Does the client name on standard error just the addresses that failed?  `named` or `unnamed`."""
    told = set(evidence.transcript.failures)
    if (not told and not evidence.faults) or evidence.disturbed is not None:
        return ()
    return ("named",) if told == set(evidence.faults) else ("unnamed",)


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
