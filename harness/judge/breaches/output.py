"""A client whose standard output is not the poems, byte for byte."""

from __future__ import annotations

from collections.abc import Callable

from harness.judge.axes.axis import PIPE
from harness.judge.breaches.breach import Axes, Breach, named
from harness.judge.breaches.usual_mistakes import difference_advice
from harness.printable import excerpt
from harness.record.evidence import Evidence


def _others_lost(evidence: Evidence, axes: Axes) -> str | None:
    difference = evidence.stdout_poems.difference
    if difference is None or axes["isolation"] != ["lost"] or difference.code not in ("poem-missing", "poem-cut-short"):
        return None
    return "an address failed, and poems from other addresses were not printed either"


def _others_lost_lead(evidence: Evidence) -> str | None:
    difference = evidence.stdout_poems.difference
    return (
        f"Poem {difference.task} breaks off at byte {difference.offset}." if difference and difference.offset else None
    )


def _others_lost_advice(evidence: Evidence) -> str:
    if (difference := evidence.stdout_poems.difference) and difference.offset:
        return difference_advice(evidence)
    if not evidence.log.connections:
        return f"{_missing_advice(evidence)} An address that fails must not end the program: go on with the others."
    never_called = [task for task in evidence.good if evidence.log.of_task(task) is None]
    first = min(evidence.faults, default=0)
    if first and never_called and any(poem.task > first for poem in evidence.stdout_poems.whole()):
        return (
            f"You went on after the failure of address {first}, but never connected to "
            f"{named('address', never_called)}: "
            "each argument is an address, no matter how many there are."
        )
    return (
        f"The failure of {named('address', evidence.faults)} is no reason to give up the others: report it on standard "
        "error, go on, print the poems that are complete, and exit with status 1 at the end."
    )


def _missing_advice(evidence: Evidence) -> str:
    whole = {poem.task for poem in evidence.stdout_poems.whole()}
    missing = [task for task in evidence.good if task not in whole]
    connections = {task: evidence.log.of_task(task) for task in missing}
    if not evidence.log.connections:
        return "Connect to every address in the arguments over TCP, send nothing, and read until the end."
    if any(connection is None for connection in connections.values()):
        never = named("poem", [task for task, connection in connections.items() if connection is None])
        return (
            f"Connect to every address: no connection came for {never}. An address that fails must not end the program."
        )
    short = [
        task for task, c in connections.items() if c is not None and c.sent < len(evidence.scenario.server(task).poem)
    ]
    if short:
        return (
            f"You left before the server had sent all of {named('poem', short)}. One read is not the whole poem: read "
            "until a read returns 0 bytes, because that is when the server has closed the connection."
        )
    return (
        f"All of {named('poem', missing)} was sent, but it is not on standard output. Print each poem and one "
        "newline, and flush before you exit."
    )


def _difference(evidence: Evidence) -> str | None:
    """Where standard output first differs from the poems, and both texts."""
    difference = evidence.stdout_poems.difference
    if difference is None:
        return None
    if difference.task == 0:
        return f"after all the poems standard output goes on with {excerpt(difference.got)}"
    name = evidence.scenario.server(difference.task).name
    got = excerpt(difference.got) if difference.got else "the end of the output"
    where = f"poem {difference.task} ({name}) at byte {difference.offset}"
    return f"{where}: expected {excerpt(difference.expected)}, got {got}"


def _output_lost(evidence: Evidence, axes: Axes) -> str | None:
    difference = evidence.stdout_poems.difference
    if difference is None or difference.task == 0 or evidence.scenario.client.stdout_rate is None:
        return None
    printed = max((poem.end for poem in evidence.stdout_poems.poems), default=0)
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
        lambda _: (
            "A reader may be slow. Then a write may take fewer bytes than you gave it, or none: check what each write "
            "returns, and write the rest as soon as there is room."
        ),
        shows_bytes=True,
    ),
    Breach("poem-missing", _coded("poem-missing"), _missing_advice, lead=_missing_lead),
    Breach("poem-cut-short", _coded("poem-cut-short"), difference_advice),
    Breach("bytes-missing", _coded("bytes-missing"), difference_advice, shows_bytes=True),
    Breach("bytes-extra", _coded("bytes-extra"), difference_advice, shows_bytes=True),
    Breach("bytes-differ", _coded("bytes-differ"), difference_advice, shows_bytes=True),
    Breach("poems-mixed", _coded("poems-mixed"), difference_advice, shows_bytes=True),
)
