"""A client that is sent a signal, or cannot print any more, and does not end as the contract says."""

from __future__ import annotations

from harness.judge.breaches.breach import Axes, Breach
from harness.printable import excerpt
from harness.record.evidence import Evidence

MOST_LAST_LINES = 1  # lines that a stopped client may print on standard error; more are a stack trace


def _cause(evidence: Evidence) -> str:
    return f"SIG{evidence.scenario.client.signal}" if evidence.recording.signalled else "the end of standard output"


def _ignored(evidence: Evidence, axes: Axes, *, signalled: bool) -> str | None:
    if axes["stopping"] != ["ignored"] or (evidence.recording.signalled is not None) != signalled:
        return None
    return f"it went on after {_cause(evidence)} until the servers had ended"


def _signal_advice(evidence: Evidence) -> str:
    number = evidence.scenario.client.signal_number or 0
    return (
        f"SIG{evidence.scenario.client.signal} tells a program to end: close the connections, print the poems that are "
        f"complete and not yet printed, and exit with status {128 + number}. If you install no handler at all, the "
        "system ends the program."
    )


def _late(evidence: Evidence, axes: Axes) -> str | None:
    if axes["stopping"] != ["late"]:
        return None
    task, waited = max(evidence.hung_up.items(), key=lambda item: item[1])
    return f"it closed the connection of task {task} only {waited:.2f} s after {_cause(evidence)}"


def _whole_poem_lost(evidence: Evidence, axes: Axes) -> str | None:
    difference, signalled = evidence.stdout_poems.difference, evidence.recording.signalled
    if difference is None or signalled is None:
        return None
    # The lab adds a newline to an unfinished last line; that newline may be all that differs.
    unfinished = difference.got in (b"", b"\n") and not evidence.transcript.stdout.data.endswith(b"\n")
    if not unfinished and difference.code not in ("poem-missing", "poem-cut-short"):
        return None
    before = f"{signalled - (evidence.done(difference.task) or signalled):.1f} s"
    poem = f"poem {difference.task} ({evidence.scenario.server(difference.task).name})"
    return f"{poem} was complete {before} before SIG{evidence.scenario.client.signal}, but it was not printed"


def _stack_trace(evidence: Evidence, axes: Axes) -> str | None:
    if len(evidence.last_lines) <= MOST_LAST_LINES:
        return None
    count, last = len(evidence.last_lines), excerpt(evidence.last_lines[-1])
    return f"it ended with {count} lines on standard error; the last one is {last}"


STOPPING = (
    Breach(
        "signal-ignored", lambda evidence, axes: _ignored(evidence, axes, signalled=True), _signal_advice, timed=True
    ),
    Breach(
        "pipe-ignored",
        lambda evidence, axes: _ignored(evidence, axes, signalled=False),
        lambda _: (
            "A write to standard output that fails (EPIPE, broken pipe) is the end, because nobody reads the output "
            "any more: exit with a status other than 0. Or leave SIGPIPE at its default, and the system ends the "
            "program."
        ),
        timed=True,
    ),
    Breach(
        "hang-up-late",
        _late,
        lambda _: "Close the connections first: until then the servers send to a client that has gone.",
        timed=True,
    ),
)
WHOLE_POEM_LOST = Breach(
    "whole-poem-lost",
    _whole_poem_lost,
    lambda _: (
        "Keep each complete poem in a place where the signal handler finds it, and print it before you exit. Or print "
        "each poem as soon as it is complete; then there is nothing left to do."
    ),
)
STACK_TRACE = Breach(
    "stack-trace",
    _stack_trace,
    lambda _: (
        "To be stopped, or to lose the reader of the output, is not an error of the program: catch what your runtime "
        "raises (KeyboardInterrupt, BrokenPipeError and the like), and exit without a trace."
    ),
)
