"""A failed cell explained to the one who wrote the client: what the servers saw, where it went wrong, what to do.

A pure function of recorded evidence and the judgement on it.  Times are seconds from the client's start; the
student is addressed as the client: "you have read 120 bytes".
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from harness.evidence import Evidence
from harness.hints import difference_hint, failure_hint, progress_hint
from harness.show import excerpt
from harness.verdict import Judgement

LAST_WORDS = 160  # bytes
SHOWN = 4  # tasks that an account goes through one by one


@dataclass(frozen=True)
class Explanation:
    """Its paragraphs: the servers' account, the first difference, the advice; empty where there is none."""

    account: str
    difference: str = ""
    advice: str = ""


def explain(evidence: Evidence, judgement: Judgement) -> Explanation:
    """Explain a cell that did not pass."""
    if judgement.verdict == "lab-error":
        sentence = f"{_capital(judgement.sentence)}. That is the lab's fault, not yours."
        return Explanation(sentence, advice="Run it again, with less else to do.")
    told = " ".join(account(evidence))
    advise = ADVICE.get(judgement.code)
    advice = advise(evidence) if advise else ""
    difference = evidence.printed.difference
    if difference is not None and difference.got and judgement.code in BYTES:
        return Explanation(told, f"First difference: {judgement.sentence}.", advice)
    lead = LEAD.get(judgement.code, f"{_capital(judgement.sentence)}.")
    if difference is not None and judgement.code == "poem-missing":
        lead = f"Poem {difference.task} is missing from standard output."
    if difference is not None and difference.offset and judgement.code == "others-lost":
        lead = f"Poem {difference.task} breaks off at byte {difference.offset}."
    return Explanation(f"{lead} {told}".strip(), advice=advice)


def account(evidence: Evidence) -> Iterator[str]:
    """Sentences on each task, as its server saw it, then on the client's last words and end."""
    tasks = range(1, len(evidence.scenario.tasks) + 1)
    if not evidence.log.connections:
        yield "No connection came to any server."
    elif evidence.scenario.shares_servers:
        # Which connection is whose can only be guessed.
        yield f"For {len(tasks)} addresses there were {len(evidence.log.connections)} connections."
    else:
        for task in [t for t in tasks if t in _troubled(evidence)][:SHOWN] or list(tasks)[:SHOWN]:
            yield f"{_capital(_of_task(evidence, task))}."
        turns = _in_turn(evidence)
        if turns:
            yield turns
    yield _end(evidence)


def _troubled(evidence: Evidence) -> set[int]:
    """The tasks to speak of: those that failed or did not come whole, and in a small scenario all others beside."""
    if len(evidence.scenario.tasks) <= SHOWN:
        return set(range(1, len(evidence.scenario.tasks) + 1))
    printed = {poem.task for poem in evidence.printed.whole()}
    return set(evidence.faults) | {task for task in evidence.good if task not in printed}


def _of_task(evidence: Evidence, task: int) -> str:
    """What one server did and saw, and how much of it the client told."""
    server = evidence.scenario.server(task)
    if server.fault == "refused":
        return f"address {task} refuses every connection"
    connection = evidence.log.of_task(task)
    if connection is None:
        return f"for poem {task} ({server.name}) no connection came"
    began, ended, size = evidence.recording.started, evidence.recording.ended, len(server.poem)
    of_it = "all" if connection.sent == size else f"{connection.sent} of"
    said = f"poem {task} ({server.name}): you connected after {connection.accepted - began:.1f} s"
    said += f"; {of_it} {size} bytes were sent"
    if connection.ended is not None and connection.ended < ended:
        how = {"close": "the server closed", "reset": "the server reset the connection", "hang-up": "you hung up"}
        said += f"; {how[connection.how or 'close']} after {connection.ended - began:.1f} s"
    reports = [report for report in evidence.transcript.reports if report.task == task]
    if not reports:
        return f"{said}; you reported nothing of it" if evidence.transcript.reports and connection.sent else said
    read, last = reports[-1].end, reports[-1].seen
    if evidence.recording.stopped == "timeout" and read < connection.sent:
        waiting = ended - max(last, connection.sent_at(read + 1) or last)
        return (
            f"{said}; you have read {read}, and the other {connection.sent - read} had been waiting for {waiting:.1f} s"
        )
    return said if read == connection.sent else f"{said}; you reported {read}"


def _in_turn(evidence: Evidence) -> str:
    """Whether poems that are open together are read one after another: said only where the client got stuck."""
    if evidence.recording.stopped != "timeout":
        return ""
    spans: dict[int, tuple[float, float]] = {}
    for report in evidence.transcript.reports:
        first, _ = spans.get(report.task, (report.seen, 0.0))
        spans[report.task] = (first, report.seen)
    ordered = sorted(spans.values())
    apart = all(before[1] <= after[0] for before, after in itertools.pairwise(ordered))
    if len(evidence.log.connections) > 1 and len(spans) < len(evidence.log.connections) and spans and apart:
        return "You read one poem after another, while the others wait."
    return ""


def _end(evidence: Evidence) -> str:
    end, recording = evidence.recording.exit, evidence.recording
    after = f"after {recording.ended - recording.started:.1f} s"
    if recording.stopped:
        how = f"You were stopped {after}"
    elif end.signal is not None:
        how = f"You died by signal {end.signal} {after}"
    else:
        how = f"You ended {after} with status {end.status}"
    words = last_words(evidence.transcript.stderr.data)
    return f"{how}; your last words: {words}." if words else f"{how}."


def last_words(stderr: bytes) -> str:
    """The end of the last line on standard error that is no progress line, quoted; empty where there is none."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip() and b": got " not in line]
    return excerpt(lines[-1][-LAST_WORDS:], LAST_WORDS) if lines else ""


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _list(tasks: Iterable[int]) -> str:
    return ", ".join(map(str, tasks))


def _stuck(evidence: Evidence) -> str:
    if not evidence.log.connections:
        return (
            "The program waits for something before it connects. Standard input is empty here, and the addresses are "
            "its arguments."
        )
    whole = {poem.task for poem in evidence.printed.whole()}
    read = {report.task: report.end for report in evidence.transcript.reports}
    missing = {task: c for task in evidence.good if task not in whole and (c := evidence.log.of_task(task)) is not None}
    never = [task for task in evidence.good if evidence.log.of_task(task) is None]
    unread = [task for task, c in missing.items() if 0 < read.get(task, 0) < c.sent]
    closed = [task for task, c in missing.items() if c.how == "close" and task not in unread]
    after = f" Address {_list(never)} is called only after that." if never else ""
    if unread:
        return (
            f"You stopped reading poem {unread[0]} at byte {read[unread[0]]}, though more was there: read on until a "
            f"read returns 0 bytes.{after}"
        )
    if closed:
        return (
            f"The server of poem {_list(closed)} has closed: where a read returns 0 bytes, the poem is whole. Close, "
            f"print it, and wait for that socket no more.{after}"
        )
    unnamed = [task for task in evidence.faults if task not in evidence.transcript.failures]
    if unnamed:
        return f"Do you wait on for address {_list(unnamed)}, which failed? An error ends its task too.{after}"
    return f"All has come. When the last task has ended, successfully or not, exit.{after}"


def _missing(evidence: Evidence) -> str:
    whole = {poem.task for poem in evidence.printed.whole()}
    missing = [task for task in evidence.good if task not in whole]
    connections = {task: evidence.log.of_task(task) for task in missing}
    if not evidence.log.connections:
        return "Connect to every address among the arguments: a TCP connection, nothing to send, read until the end."
    if any(connection is None for connection in connections.values()):
        never = _list(task for task, connection in connections.items() if connection is None)
        return (
            f"Call every address: nothing came to that of poem {never}. An address that fails must not end the program."
        )
    short = [
        task for task, c in connections.items() if c is not None and c.sent < len(evidence.scenario.server(task).poem)
    ]
    if short:
        return (
            f"You left before poem {_list(short)} had been sent. One read is not the whole poem: read until the server "
            "closes, that is, until a read returns 0 bytes."
        )
    return (
        f"Poem {_list(missing)} was sent whole, and is not on standard output. Print each poem and one newline, and "
        "flush before you exit."
    )


def _others_lost(evidence: Evidence) -> str:
    if (difference := evidence.printed.difference) and difference.offset:
        return difference_hint(evidence)
    if not evidence.log.connections:
        return f"{_missing(evidence)} An address that fails must not end the program: go on with the others."
    return (
        f"The failure of address {_list(evidence.faults)} is no reason to give up the others: say it on standard "
        "error, go on, print what comes whole, and exit with status 1 at the end."
    )


def _swallowed(evidence: Evidence) -> str:
    tasks = [task for task, fault in evidence.faults.items() if fault == "reset"]
    return (
        "A read that fails (ECONNRESET) is not the end of a poem, a read of 0 bytes is: look at the error as well as "
        f"at the number. Say `Task {tasks[0]}: failed: connection reset (HOST:PORT)`, leave the poem out, and exit "
        "with status 1."
    )


def _exit(evidence: Evidence) -> str:
    if evidence.faults:
        return f"Remember that address {_list(evidence.faults)} failed, and exit with status 1 at the end."
    return "Every poem stands on standard output as it should: exit with status 0."


def _refused(evidence: Evidence) -> str:
    return (
        "Each argument is an address like 127.0.0.1:10001, or a bare port, which means 127.0.0.1; nothing else comes."
    )


def _start(evidence: Evidence) -> str:
    return (
        "Call it so that it starts from this folder in a shell: is the name right, the file executable (chmod +x), its "
        "first line (#!) an interpreter that is there? Or name the interpreter: ./lab check -- perl my-client.pl"
    )


def _signal(evidence: Evidence) -> str:
    return "The program was killed by the system, not by the lab: a crash in it or in its runtime."


def _memory(evidence: Evidence) -> str:
    return "Keep the poems and no more: they have a few thousand bytes."


def _too_much(evidence: Evidence) -> str:
    return "It prints without end, perhaps because a read of 0 bytes, the end, is taken for a poem that goes on."


LEAD = {  # where the account says the rest, or the verdict's own sentence is not for the client's ears
    "killed-at-limit": "",
    "died-by-signal": "",
    "out-of-memory": "You ran out of the memory that a client is allowed.",
    "not-startable": "The command cannot be started.",
    "refused-arguments": "You took good arguments for bad ones.",
    "too-much-stdout": "You printed far more on standard output than the poems have.",
    "too-much-stderr": "You printed far more on standard error than there is to tell.",
    "progress-wrong": "The poems are right; the numbers in the progress lines are not.",
}
BYTES = ("bytes-missing", "bytes-extra", "bytes-differ", "poems-mixed")
ADVICE: dict[str, Callable[[Evidence], str]] = {
    "killed-at-limit": _stuck,
    "poem-missing": _missing,
    "others-lost": _others_lost,
    "poem-cut-short": difference_hint,
    **dict.fromkeys(BYTES, difference_hint),
    "truncation-swallowed": _swallowed,
    "exit-lies": _exit,
    "failure-not-named": failure_hint,
    "progress-wrong": progress_hint,
    "refused-arguments": _refused,
    "not-startable": _start,
    "died-by-signal": _signal,
    "out-of-memory": _memory,
    "too-much-stdout": _too_much,
    "too-much-stderr": _too_much,
}
