"""A client whose standard output is not the poems, byte for byte."""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.judge.axes.axis import PIPE
from harness.judge.breaches.breach import Axes, Breach, last_words, named
from harness.judge.breaches.usual_mistakes import WRITE_AGAIN, difference_advice
from harness.printable import byte_at, excerpt
from harness.record.evidence import Evidence

TIMED_OUT = re.compile("(?i)timed? ?out")
AN_ERROR = re.compile("^'(?!Task ).*([Ee]rror|Exception)")
WAIT = "If threads or tasks fetch the poems, wait for all of them before you exit."
AT_ONCE = 0.1  # seconds: connections that end so shortly before the program were ended by its exit


def _others_lost(evidence: Evidence, axes: Axes) -> str | None:
    difference = evidence.stdout_poems.difference
    if difference is None or axes["isolation"] != ["lost"] or difference.code not in ("poem-missing", "poem-cut-short"):
        return None
    # A poem that was printed as if it were complete is no poem that was given up.
    if difference.got or _went_on(evidence):
        return None
    return "an address failed, and poems from other addresses were not printed either"


def _went_on(evidence: Evidence) -> bool:
    """Whether the client reported every failure, and went on with the others."""
    told = evidence.transcript.failed_at
    if not all(task in told for task in evidence.faults):
        return False
    since, stdout = max(told[task] for task in evidence.faults), evidence.transcript.stdout
    later = any(stdout.at(poem.start) > since for poem in evidence.stdout_poems.whole())
    later = later or any(report.task in evidence.good and report.seen > since for report in evidence.transcript.reports)
    whole = [(c := evidence.log.of_task(task)) is not None and c.how == "close" for task in evidence.good]
    return later or all(whole)


def _others_lost_lead(evidence: Evidence) -> str | None:
    difference = evidence.stdout_poems.difference
    if difference is None or not difference.offset:
        return None
    poem = evidence.scenario.server(difference.task).poem
    return f"Poem {difference.task} breaks off at {byte_at(poem, difference.offset)}."


def _others_lost_advice(evidence: Evidence) -> str:
    if (difference := evidence.stdout_poems.difference) and difference.offset:
        return difference_advice(evidence)
    if not evidence.log.connections:
        return f"{_missing_advice(evidence)} An address that fails must not end the program: go on with the others."
    return (
        f"The failure of {named('address', evidence.faults)} is no reason to give up the others: report it on standard "
        "error, go on, print the poems that are complete, and exit with status 1 at the end."
    )


def _given_up_advice(evidence: Evidence, task: int) -> str:
    """Advice to a client that reported the failure of a task whose server did what it should."""
    words = evidence.transcript.failures[task]
    said = f"You wrote that task {task} failed, but it did not: {excerpt(words.encode())}."
    if evidence.scenario.patience is None and TIMED_OUT.search(words):
        return f"{said} You were given no --timeout: then wait for a slow server as long as it takes."
    if evidence.log.of_task(task) is None:
        return f"{said} No connection came to its server: connect to the host and the port of the argument."
    return f"{said} Its server did what it should: read the bytes as they are, over plain TCP."


def _missing_advice(evidence: Evidence) -> str:
    whole = {poem.task for poem in evidence.stdout_poems.whole()}
    missing = [task for task in evidence.good if task not in whole]
    connections = {task: c for task in missing if (c := evidence.log.of_task(task)) is not None}
    if given_up := [task for task in missing if task in evidence.transcript.failures]:
        return _given_up_advice(evidence, given_up[0])
    words = last_words(evidence.transcript.stderr.data)
    error = f"Mend the error of the program first: {words}." if AN_ERROR.search(words) else ""
    if not evidence.log.connections:
        if error:
            return error
        wait = f" {WAIT}" if evidence.recording.exit.status == 0 else ""
        return f"Connect to every address in the arguments over TCP, send nothing, and read until the end.{wait}"
    if never := [task for task in missing if task not in connections]:
        first = min(evidence.faults, default=0)
        went_on = (
            f"went on after the failure of address {first}, but" if first and max(whole, default=0) > first else ""
        )
        return (
            f"You {went_on or 'have'} never connected to {named('address', never)}: each argument is an address, no "
            "matter how many there are, and an address that fails must not end the program."
        )
    short = {task: c for task, c in connections.items() if c.sent < len(evidence.scenario.server(task).poem)}
    at_end = evidence.recording.ended - AT_ONCE
    if short and whole and all(c.ended is None or c.ended > at_end for c in short.values()):
        return (
            f"You exited when {named('poem', whole)} {'was' if len(whole) == 1 else 'were'} complete, before the "
            f"server had sent all of {named('poem', short)}: end only when every task has ended."
        )
    if short and words:
        return (
            f"You exited before the server had sent all of {named('poem', short)}, with the message {words}: if that "
            "is an error of the program, mend it first."
        )
    if short and not any(c.sent for c in evidence.log.connections):
        return f"You exited before any server had sent a byte. {WAIT}"
    if short:
        return (
            f"You left before the server had sent all of {named('poem', short)}. One read is not the whole poem: read "
            "until a read returns 0 bytes, because that is when the server has closed the connection."
        )
    if error:
        return error
    also = ", also if another address fails" if evidence.faults else ""
    return (
        f"All bytes of {named('poem', missing)} were sent, but they are not on standard output. Print each poem and "
        f"one newline{also}, and flush before you exit."
    )


def _difference(evidence: Evidence) -> str | None:
    """Where standard output first differs from the poems, and both texts."""
    difference = evidence.stdout_poems.difference
    if difference is None:
        return None
    if difference.task == 0:
        return f"after all the poems standard output goes on with {excerpt(difference.got)}"
    server = evidence.scenario.server(difference.task)
    got = excerpt(difference.got) if difference.got else "the end of the output"
    where = f"poem {difference.task} ({server.name}) at {byte_at(server.poem, difference.offset)}"
    return f"{where}: expected {excerpt(difference.expected)}, got {got}"


def _output_lost(evidence: Evidence, axes: Axes) -> str | None:
    difference = evidence.stdout_poems.difference
    if difference is None or difference.task == 0 or evidence.scenario.client.stdout_rate is None:
        return None
    printed = max((poem.end for poem in evidence.stdout_poems.poems), default=0)
    if difference.offset == len(evidence.scenario.server(difference.task).poem):
        return None  # only the newline after a poem is missing: slow or not, the client forgets it
    # Until a pipe is full, no client can tell that its output is read slowly.
    return _difference(evidence) if printed + difference.offset >= PIPE else None


def _coded(code: str) -> Callable[[Evidence, Axes], str | None]:
    """Finds the differences that the reader of standard output has given this code."""

    def find(evidence: Evidence, axes: Axes) -> str | None:
        difference = evidence.stdout_poems.difference
        return _difference(evidence) if difference is not None and difference.code == code else None

    return find


def _missing_lead(evidence: Evidence) -> str | None:
    difference = evidence.stdout_poems.difference
    return f"Poem {difference.task} is missing from standard output." if difference else None


OUTPUT = (
    Breach("others-lost", _others_lost, _others_lost_advice, lead=_others_lost_lead, timed=True),
    Breach(
        "output-lost",
        _output_lost,
        lambda _: f"A reader may be slow. {WRITE_AGAIN}",
        shows_bytes=True,
    ),
    Breach("poem-missing", _coded("poem-missing"), _missing_advice, lead=_missing_lead),
    Breach("poem-cut-short", _coded("poem-cut-short"), difference_advice),
    Breach("bytes-missing", _coded("bytes-missing"), difference_advice, shows_bytes=True),
    Breach("bytes-extra", _coded("bytes-extra"), difference_advice, shows_bytes=True),
    Breach("bytes-differ", _coded("bytes-differ"), difference_advice, shows_bytes=True),
    Breach("poems-mixed", _coded("poems-mixed"), difference_advice, shows_bytes=True),
)
