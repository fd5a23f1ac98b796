"""A client that did not run to an end of its own: it never started, hung, crashed, or printed without end."""

from __future__ import annotations

import re
import signal

from harness.judge.axes.waiting import max_open
from harness.judge.breaches.breach import Axes, Breach, named, signal_name
from harness.printable import byte_at, counted, excerpt
from harness.record.evidence import Evidence
from harness.spec.fault import FAULTS

STILL_READING = 1.0  # seconds: who has reported a read so shortly before it was stopped had not stopped reading
MORE_AT_ONCE = "Let a read return more bytes, 4096 for example: a read or a program for each byte takes too long."
LARGE = 10_000  # bytes: a poem that takes a client long which reads it byte by byte
ERRNO = re.compile(rb"^\[Errno \d+\] ")  # Python's, of the lab, which could not start the client


def _killed_at_limit(evidence: Evidence, axes: Axes) -> str | None:
    recording = evidence.recording
    if recording.stopped != "timeout":
        return None
    return f"killed after {recording.ended - recording.started:.1f} s: {_last_seen(evidence)}"


def _last_seen(evidence: Evidence) -> str:
    """The last byte of a poem that the client reported before it hung."""
    seen: dict[int, tuple[int, float]] = {r.task: (r.end, r.seen) for r in evidence.transcript.reports}
    ended = evidence.recording.ended
    unfinished = [t for t in evidence.good if seen.get(t, (0, 0.0))[0] < len(evidence.scenario.server(t).poem)]
    if not seen:
        sent = [f"{counted(c.sent, 'byte')} of poem {c.task}" for c in evidence.log.connections[:3]]
        return f"it reported nothing; the servers had sent {', '.join(sent) or 'nothing, because it never connected'}"
    if not unfinished:
        return "it had reported every poem as complete, but it did not exit"
    task = max(unfinished, key=lambda t: seen.get(t, (0, 0.0))[1])
    byte, at = seen.get(task, (0, evidence.recording.started))
    size = len(evidence.scenario.server(task).poem)
    connection = evidence.log.of_task(task)
    return (
        f"its last report was byte {byte} of {size} of poem {task} ({evidence.scenario.server(task).name}), "
        f"{ended - at:.1f} s earlier; the server had sent {counted(connection.sent if connection else 0, 'byte')}"
    )


def outnumbered(evidence: Evidence) -> bool:
    """Whether a client is stopped only because there are too many tasks for one that does not fetch all together."""
    scenario, recording = evidence.scenario, evidence.recording
    if not scenario.concurrent_only or recording.stopped != "timeout":
        return False
    # It still went from task to task: no poem takes longer than `longest`.
    return any(c.accepted > recording.ended - scenario.longest for c in evidence.log.connections)


def _unstick(evidence: Evidence) -> str:
    if not evidence.log.connections:
        return (
            "The program waits for something before it connects. Standard input is empty here; the addresses are the "
            "arguments."
        )
    if outnumbered(evidence):
        return (
            f"You fetch {max_open(evidence)} at a time, and {len(evidence.scenario.tasks)} poems take too long in this "
            "way: open all connections before you wait for bytes from any of them."
        )
    whole = {poem.task for poem in evidence.stdout_poems.whole()}
    read = {report.task: report.end for report in evidence.transcript.reports}
    last = {report.task: report.seen for report in evidence.transcript.reports}
    missing = {task: c for task in evidence.good if task not in whole and (c := evidence.log.of_task(task)) is not None}
    never = [task for task in evidence.good if evidence.log.of_task(task) is None]
    unread = [task for task, c in missing.items() if 0 < read.get(task, 0) < c.sent]
    unnamed = [task for task in evidence.faults if task not in evidence.transcript.failures]
    closed = [task for task, c in missing.items() if (c.how == "close" or c.fin) and task not in unread]
    silent = any(FAULTS[evidence.faults[task]].endless for task in unnamed)
    what = "Silence for longer than the SECONDS of --timeout" if silent else "An error"
    failed = f"does it still wait for {named('address', unnamed)}, which failed? {what} ends a task, too."
    after = f" It connects to {named('address', never)} only after that." if never else ""
    if unread:
        slow = [task for task in unread if last[task] > evidence.recording.ended - STILL_READING]
        task = (slow or unread)[0]
        where = f"poem {task} at {byte_at(evidence.scenario.server(task).poem, read[task])}"
        if slow:
            return f"You were still reading {where}: you read too slowly. {MORE_AT_ONCE}{after}"
        return (
            f"You stopped reading {where}, although more bytes were waiting: read until a read returns 0 bytes.{after}"
        )
    if closed:
        untold = [task for task in closed if task not in read and len(evidence.scenario.server(task).poem) > LARGE]
        slow_one = f" Or do you read {named('poem', untold)} so slowly that you were not yet there? {MORE_AT_ONCE}"
        return (
            f"The server has closed the connection of {named('poem', closed)}: when a read returns 0 bytes, the poem "
            f"is complete. Close the socket, print the poem, and stop waiting for that socket."
            f"{slow_one if untold else ''}{f' Or {failed}' if unnamed else ''}{after}"
        )
    if unnamed:
        return f"{failed[0].upper()}{failed[1:]}{after}"
    return f"All poems have arrived. Exit when the last task has ended, whether it succeeded or failed.{after}"


def _died(evidence: Evidence, axes: Axes) -> str | None:
    number = evidence.recording.exit.signal
    return None if number is None or number in _caused_by_lab(evidence) else f"it died by {signal_name(number)}"


def _caused_by_lab(evidence: Evidence) -> tuple[int | None, ...]:
    """The signals that a client may die by, because the lab sent them or brought them about."""
    sent = evidence.scenario.client.signal_number if evidence.recording.signalled is not None else None
    return sent, signal.SIGPIPE if evidence.recording.stdout_closed is not None else None


def _not_started(evidence: Evidence, axes: Axes) -> str | None:
    status = evidence.recording.exit.status
    if status not in (126, 127) or evidence.log.connections:
        return None
    words = ERRNO.sub(b"", evidence.transcript.stderr.data[-200:].strip())
    return f"the command cannot be started (status {status}): {excerpt(words)}"


def _refused(evidence: Evidence, axes: Axes) -> str | None:
    if evidence.recording.exit.status != 2 or evidence.log.connections:
        return None
    return f"it rejected its arguments: {excerpt(evidence.transcript.stderr.data)}"


def _accept(evidence: Evidence) -> str:
    brackets = " An IPv6 address stands in brackets, as [::1]:10001." if evidence.scenario.host == "::1" else ""
    option = (
        "Before them may stand --timeout SECONDS."
        if evidence.scenario.patience is not None
        else "There are no other arguments."
    )
    return (
        f"Each argument is an address like 127.0.0.1:10001, or a bare port, which means 127.0.0.1.{brackets} {option}"
    )


def _too_much(stream: str, lead: str) -> Breach:
    code = f"too-much-{stream}"
    return Breach(
        code,
        lambda evidence, axes: f"the lab stopped it: too much {stream}" if evidence.recording.stopped == code else None,
        lambda _: (
            "The program prints without end. Perhaps it takes a read of 0 bytes, which is the end, for a poem that "
            "goes on."
        ),
        lead=lambda _: lead,
        own_doing=True,
    )


ENDING = (
    Breach("killed-at-limit", _killed_at_limit, _unstick, verdict="timeout", lead=lambda _: "", timed=True),
    _too_much("stdout", "You printed far more on standard output than the poems have."),
    _too_much("stderr", "You printed far more on standard error than there is to report."),
    Breach(
        "out-of-memory",
        lambda evidence, axes: (
            "it ran out of the memory that it may use" if evidence.recording.exit.out_of_memory else None
        ),
        lambda _: "Keep the poems in memory and no more: they have a few thousand bytes.",
        verdict="crash",
        lead=lambda _: "You ran out of the memory that a client may use.",
        own_doing=True,
    ),
    Breach(
        "died-by-signal",
        _died,
        lambda _: "The system killed the program, not the lab: it crashed, or its runtime did.",
        verdict="crash",
        lead=lambda _: "",
    ),
    Breach(
        "not-startable",
        _not_started,
        lambda _: (
            "Give a command that starts from this folder in a shell: is the name right, is the file executable "
            "(chmod +x), does its first line (#!) name an interpreter that exists? Or name the interpreter yourself: "
            "./lab check -- perl my-client.pl"
        ),
        verdict="build-failed",
        lead=lambda _: "The command cannot be started.",
    ),
    Breach(
        "refused-arguments",
        _refused,
        _accept,
        lead=lambda _: "You rejected arguments that are correct.",
    ),
)
