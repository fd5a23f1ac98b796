"""A client that treats a server's failure wrongly: takes it for the end, or gives up too early, too late or never."""

from __future__ import annotations

from harness.judge.axes.failing import EARLY, left_open, told_in_time
from harness.judge.breaches.breach import Axes, Breach, failure_form
from harness.record.evidence import Evidence
from harness.spec.fault import FAULTS


def _taken_for_whole(evidence: Evidence) -> int | None:
    """The first task that broke off and that no failure line names; a task that was never begun is none."""
    return next((task for task in evidence.unsaid if evidence.log.of_task(task) is not None), None)


def _swallowed(evidence: Evidence, axes: Axes) -> str | None:
    if axes["truncation"] != ["swallowed"]:
        return None
    task = _taken_for_whole(evidence)
    if task is None:
        return None
    connection, silence = evidence.log.of_task(task), evidence.scenario.silence(task)
    # Nobody receives what a server sends after a pause.
    sent = silence.sent if silence else connection.sent if connection else 0
    happened = (
        f"{FAULTS[evidence.faults[task]].happened} after {sent} of {len(evidence.scenario.server(task).poem)} bytes"
    )
    return f"poem {task} {happened}, and that was taken for the end"


def _swallowed_advice(evidence: Evidence) -> str:
    task = _taken_for_whole(evidence) or evidence.unsaid[0]
    connection, silent = evidence.log.of_task(task), evidence.silent.get(task)
    if connection and connection.half_closed and silent and connection.half_closed <= silent:
        return (
            "You close your own side of the connection before the poem has ended (shutdown, end): a server that has "
            "nothing to send at that moment thinks that you have left, and closes. Keep it open until a read returns "
            "0 bytes."
        )
    what = (
        "A read that fails (ECONNRESET) is not the end of a poem; a read of 0 bytes is. Check the error as well as the "
        "number of bytes."
        if FAULTS[evidence.faults[task]].failure != "timed out"
        else "A silent server is not the end of a poem; a read of 0 bytes is. A task that --timeout ends has failed."
    )
    return f"{what} Print {failure_form(evidence, task)}, leave the poem out, and exit with status 1."


def _gave_up_too_soon(evidence: Evidence, axes: Axes) -> str | None:
    """A server that was never silent for as long as the client was told to wait."""
    patience = evidence.scenario.patience
    for task in evidence.good if patience is not None and evidence.disturbed is None else ():
        connection = evidence.log.of_task(task)
        if connection is None or task not in evidence.transcript.failures:
            continue
        silence = connection.silence_borne
        if silence is not None and silence < (patience or 0.0) - EARLY:
            return (
                f"it gave up task {task}, whose server was never silent for longer than {silence:.2f} s, although the "
                f"timeout is {patience:g} s"
            )
    return None


def _left_open(evidence: Evidence, axes: Axes) -> str | None:
    if axes["giving_up"] != ["left-open"]:
        return None
    kept = next(c for c in evidence.log.connections if left_open(evidence, c))
    open_for = (evidence.recording.ended if kept.ended is None else kept.ended) - (kept.fin or 0.0)
    return (
        f"it kept the connection of poem {kept.task} open for {open_for:.2f} s after the server had closed its side, "
        "until all the other poems were done"
    )


def _gave_up(evidence: Evidence, axes: Axes, *, when: str) -> str | None:
    """A silent server that the client gave up too `early`, or too `late`."""
    if axes["giving_up"] != [when]:
        return None
    pick = min if when == "early" else max
    task, waited = pick(told_in_time(evidence).items(), key=lambda item: item[1])
    connection, patience = evidence.log.of_task(task), f"{evidence.scenario.patience:g} s"
    if when == "late" and connection and connection.how == "close":
        return f"it waited until poem {task} went on, although the silence was longer than the timeout, {patience}"
    if evidence.faults[task] == "unanswered":
        since, verb = "its first connection attempt, which is never answered", "reported that it gave up"
    else:
        since, verb = "the last byte", "closed the connection of"
    return f"it {verb} task {task} {waited:.2f} s after {since}, although the timeout is {patience}"


def _patience_advice(evidence: Evidence) -> str:
    return (
        "--timeout SECONDS is the longest time that one address may be silent: start it again after each read, and "
        "separately for each address. When it is over, close that connection at once, report the failure, and go on "
        "with the other addresses."
    )


TRUNCATION_SWALLOWED = Breach("truncation-swallowed", _swallowed, _swallowed_advice)
GAVE_UP_TOO_SOON = Breach("gave-up-early", _gave_up_too_soon, _patience_advice, timed=True)
HANGING_UP = (
    Breach(
        "left-open",
        _left_open,
        lambda _: "Close each connection as soon as a read returns 0 bytes: the server may be waiting for that.",
        timed=True,
    ),
    Breach(
        "gave-up-early", lambda evidence, axes: _gave_up(evidence, axes, when="early"), _patience_advice, timed=True
    ),
    Breach("gave-up-late", lambda evidence, axes: _gave_up(evidence, axes, when="late"), _patience_advice, timed=True),
)
