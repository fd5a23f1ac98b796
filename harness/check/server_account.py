"""What the servers saw in one cell and how the client ended, in sentences for the author of the client.

Pure functions of evidence.  Times are seconds from the client's start.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from harness.judge.breaches.breach import last_words
from harness.printable import counted
from harness.record.evidence import Evidence

SHOWN = 4  # tasks that the account describes one by one


def account(evidence: Evidence) -> Iterator[str]:
    """One sentence for each task, as its server saw it."""
    tasks = range(1, len(evidence.scenario.tasks) + 1)
    if not evidence.log.connections:
        yield "No connection came to any server."
    elif evidence.scenario.shares_servers:
        # The lab can only guess which connection belongs to which task.
        connections = counted(len(evidence.log.connections), "connection")
        yield f"There were {counted(len(tasks), 'address', 'addresses')} and {connections}."
    else:
        for task in shown_tasks(evidence):
            yield f"{capitalised(_of_task(evidence, task))}."


def ending(evidence: Evidence) -> Iterator[str]:
    """How the client waited if it got stuck, what the lab did to it, how it ended, and its last message."""
    turns = _in_turn(evidence)
    if turns:
        yield turns
    yield from _done_to_it(evidence)
    yield _end(evidence)


def shown_tasks(evidence: Evidence) -> list[int]:
    """The tasks that an account describes one by one."""
    return (_troubled(evidence) or list(range(1, len(evidence.scenario.tasks) + 1)))[:SHOWN]


def _troubled(evidence: Evidence) -> list[int]:
    """The tasks that failed or are not complete; in a small scenario all tasks."""
    tasks = range(1, len(evidence.scenario.tasks) + 1)
    if len(tasks) <= SHOWN:
        return list(tasks)
    printed = {poem.task for poem in evidence.stdout_poems.whole()}
    return [task for task in tasks if task in evidence.faults or (task in evidence.good and task not in printed)]


def _of_task(evidence: Evidence, task: int) -> str:
    """What one server did and saw, and how much of it the client reported."""
    server = evidence.scenario.server(task)
    if server.fault == "refused":
        return f"address {task} refuses every connection"
    if server.fault == "unanswered":
        asked = len(evidence.log.knocks.get(evidence.scenario.tasks[task - 1] + 1, ()))
        return f"address {task} answers no connection attempt; you made {asked}"
    connection = evidence.log.of_task(task)
    if connection is None:
        return f"no connection came for poem {task} ({server.name})"
    began, ended, size = evidence.recording.started, evidence.recording.ended, len(server.poem)
    of_it = "all" if connection.sent == size else f"{connection.sent} of"
    said = f"poem {task} ({server.name}): you connected after {connection.accepted - began:.1f} s"
    said += f"; {of_it} {counted(size, 'byte')} {'was' if size == 1 else 'were'} sent"
    if connection.fin is not None:
        said += f"; the server closed its side after {connection.fin - began:.1f} s"
    if connection.ended is not None and connection.ended < ended:
        how = {
            "close": "the server closed",
            "reset": "the server reset the connection",
            "hang-up": "you closed the connection",
        }
        said += f"; {how[connection.how or 'close']} after {connection.ended - began:.1f} s"
    reports = [report for report in evidence.transcript.reports if report.task == task]
    if not reports:
        return f"{said}; you reported none of it" if evidence.transcript.reports and connection.sent else said
    read, last = reports[-1].end, reports[-1].seen
    if evidence.recording.stopped == "timeout" and read < connection.sent:
        waiting = ended - max(last, connection.sent_at(read + 1) or last)
        return (
            f"{said}; you had read {read}, and the other {connection.sent - read} had been waiting for {waiting:.1f} s"
        )
    return said if read == connection.sent else f"{said}; you reported {read}"


def _in_turn(evidence: Evidence) -> str:
    """A sentence if the client read one poem after another and got stuck; "" otherwise."""
    if evidence.recording.stopped != "timeout":
        return ""
    spans: dict[int, tuple[float, float]] = {}
    for report in evidence.transcript.reports:
        first, _ = spans.get(report.task, (report.seen, 0.0))
        spans[report.task] = (first, report.seen)
    ordered = sorted(spans.values())
    apart = all(before[1] <= after[0] for before, after in itertools.pairwise(ordered))
    if len(evidence.log.connections) > 1 and len(spans) < len(evidence.log.connections) and spans and apart:
        return "You read one poem after another while the others wait."
    return ""


def _done_to_it(evidence: Evidence) -> Iterator[str]:
    """What the lab did to the client itself."""
    conditions, recording = evidence.scenario.client, evidence.recording
    for name, value in conditions.environment.items():
        yield f"The environment variable {name} was {'not set' if value is None else value}."
    if conditions.read_only:
        yield "You could not write a file anywhere."
    if conditions.stdout_rate is not None:
        yield f"Your standard output was read slowly, at {conditions.stdout_rate:.0f} bytes per second."
    if recording.stdout_closed is not None:
        after = recording.stdout_closed - recording.started
        size = conditions.stdout_closes_after
        yield f"Your standard output was closed after {after:.1f} s, when {size} bytes had been read."
    if recording.signalled is not None:
        yield f"The lab sent you SIG{conditions.signal} after {recording.signalled - recording.started:.1f} s."


def _end(evidence: Evidence) -> str:
    end, recording = evidence.recording.exit, evidence.recording
    after = f"after {recording.ended - recording.started:.1f} s"
    if recording.stopped:
        how = f"The lab stopped you {after}"
    elif end.signal is not None:
        how = f"You died by signal {end.signal} {after}"
    else:
        how = f"You exited {after} with status {end.status}"
    words = last_words(evidence.transcript.stderr.data)
    return f"{how}; your last message was {words}." if words else f"{how}."


def capitalised(sentence: str) -> str:
    """The sentence with a capital at its start."""
    return sentence[:1].upper() + sentence[1:]
