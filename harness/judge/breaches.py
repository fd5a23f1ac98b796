"""How a client kept the contract: the first breach of it, a pure function of a cell's evidence and axes."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Sequence

from harness.judge.axes.failing import EARLY, left_open, told_in_time
from harness.judge.axes.values import PIPE
from harness.printable import excerpt
from harness.record.evidence import Evidence

Axes = dict[str, Sequence[str]]


MOST_CONNECTIONS = 10  # for each task: a client may try again, and this is no trying again
MOST_LAST_LINES = 1  # of a client that is stopped or cannot print; more are a stack trace
HAPPENED = {"reset": "was reset", "stall": "stalled", "pause": "fell silent"}


def first_breach(evidence: Evidence, axes: Axes) -> tuple[str, str, str]:
    """How the client kept the contract: verdict, reason code, sentence."""
    recording = evidence.recording
    end = recording.exit
    if recording.stopped == "timeout":
        return (
            "timeout",
            "killed-at-limit",
            f"killed after {recording.ended - recording.started:.1f} s: {_where(evidence)}",
        )
    if recording.stopped:
        return "fail", recording.stopped, f"it was stopped: {recording.stopped.replace('-', ' ')}"
    if end.out_of_memory:
        return "crash", "out-of-memory", "it ran out of the memory it is allowed"
    if end.signal is not None and end.signal not in _deserved(evidence):
        return "crash", "died-by-signal", f"it died by {_signal_name(end.signal)}"
    if end.status in (126, 127) and not evidence.log.connections:
        words = excerpt(evidence.transcript.stderr.data[-200:])
        return "build-failed", "not-startable", f"the command cannot be started (status {end.status}): {words}"
    if end.status == 2 and not evidence.log.connections:
        return (
            "fail",
            "refused-arguments",
            f"it took its arguments for wrong: {excerpt(evidence.transcript.stderr.data)}",
        )
    for verdict in (_stopping, _patience, _poems, _faults, _leaving, _truth):
        fault = verdict(evidence, axes)
        if fault:
            return "fail", *fault
    return "pass", "", ""


def too_many_connections(evidence: Evidence) -> tuple[str, str, str] | None:
    """A client that swarms over the servers: then they cannot be in time, and it is the client's doing; else None."""
    tasks = Counter(index + 1 for index in evidence.scenario.tasks)
    for server, connections in Counter(c.server for c in evidence.log.connections).items():
        if connections > MOST_CONNECTIONS * tasks[server]:
            called = f"an address that was given {tasks[server]} times" if tasks[server] > 1 else "one address"
            return "fail", "too-many-connections", f"it connected {connections} times to {called}"
    return None


def _deserved(evidence: Evidence) -> tuple[int | None, ...]:
    """The signals that a client may die by, for the lab has sent them or brought them about."""
    told = evidence.scenario.client.signal_number if evidence.recording.signalled is not None else None
    return told, signal.SIGPIPE if evidence.recording.stdout_closed is not None else None


def _stopping(evidence: Evidence, axes: Axes) -> tuple[str, str] | None:
    if axes["stopping"] not in (["ignored"], ["late"]):
        return None
    what = f"SIG{evidence.scenario.client.signal}" if evidence.recording.signalled else "the end of standard output"
    if axes["stopping"] == ["ignored"]:
        code = "signal-ignored" if evidence.recording.signalled else "pipe-ignored"
        return code, f"it went on after {what} until the servers had ended"
    task, waited = max(evidence.hung_up.items(), key=lambda item: item[1])
    return "hang-up-late", f"it hung up on task {task} only {waited:.2f} s after {what}"


def _patience(evidence: Evidence, axes: Axes) -> tuple[str, str] | None:
    """Whether it gave up a server that was never silent for as long as it was told to wait."""
    patience = evidence.scenario.patience
    for task in evidence.good if patience is not None and evidence.disturbed is None else ():
        connection = evidence.log.of_task(task)
        if connection is None or task not in evidence.transcript.failures:
            continue
        silence = connection.silence_borne
        if silence is not None and silence < (patience or 0.0) - EARLY:
            return (
                "gave-up-early",
                f"it gave up task {task}, whose server was silent for {silence:.2f} s at the longest, though told to "
                f"wait for {patience:g} s of silence",
            )
    return None


def _poems(evidence: Evidence, axes: Axes) -> tuple[str, str] | None:
    difference = evidence.stdout_poems.difference
    if difference is None:
        return None
    signalled = evidence.recording.signalled
    # The lab ends an unfinished last line; that newline may be all that differs.
    unfinished = difference.got == b"\n" and not evidence.transcript.stdout.data.endswith(b"\n")
    if signalled is not None and (unfinished or difference.code in ("poem-missing", "poem-cut-short")):
        before = f"{signalled - (evidence.done(difference.task) or signalled):.1f} s"
        poem = f"poem {difference.task} ({evidence.scenario.server(difference.task).name})"
        return (
            "whole-poem-lost",
            f"{poem} was whole {before} before SIG{evidence.scenario.client.signal}, and was not printed",
        )
    if axes["isolation"] == ["lost"] and difference.code in ("poem-missing", "poem-cut-short"):
        return "others-lost", "an address failed, and poems of others were not printed either"
    if difference.task == 0:
        return difference.code, f"after all the poems standard output goes on with {excerpt(difference.got)}"
    name = evidence.scenario.server(difference.task).name
    where = f"poem {difference.task} ({name}) at byte {difference.offset}"
    got = excerpt(difference.got) if difference.got else "the end of the output"
    printed = max((poem.end for poem in evidence.stdout_poems.poems), default=0)
    # Up to what a pipe holds no client can tell that it is read slowly.
    slow = evidence.scenario.client.stdout_rate is not None and printed + difference.offset >= PIPE
    code = "output-lost" if slow else difference.code
    return code, f"{where}: expected {excerpt(difference.expected)}, got {got}"


def _faults(evidence: Evidence, axes: Axes) -> tuple[str, str] | None:
    if axes["truncation"] == ["swallowed"]:
        task = evidence.unsaid[0]
        connection, silence = evidence.log.of_task(task), evidence.scenario.silence(task)
        # What a server sends after a pause goes to nobody.
        sent = silence.sent if silence else connection.sent if connection else 0
        happened = f"{HAPPENED[evidence.faults[task]]} after {sent} of {len(evidence.scenario.server(task).poem)} bytes"
        return "truncation-swallowed", f"poem {task} {happened}, and that was taken for the end"
    return None


def _leaving(evidence: Evidence, axes: Axes) -> tuple[str, str] | None:
    """How it left servers from which nothing more came."""
    if axes["giving_up"] == ["left-open"]:
        kept = next(c for c in evidence.log.connections if left_open(evidence, c))
        open_for = (evidence.recording.ended if kept.ended is None else kept.ended) - (kept.fin or 0.0)
        return (
            "left-open",
            f"it kept the connection of poem {kept.task} open for {open_for:.2f} s after the server's end, until all "
            "the others were done",
        )
    if axes["giving_up"] and axes["giving_up"] != ["in-time"]:
        pick = min if axes["giving_up"] == ["early"] else max
        task, waited = pick(told_in_time(evidence).items(), key=lambda item: item[1])
        connection = evidence.log.of_task(task)
        if connection and connection.how == "close":
            return (
                "gave-up-late",
                f"it waited for task {task}, which was silent for longer than it was told to wait, "
                f"{evidence.scenario.patience:g} s, until the poem went on",
            )
        if evidence.faults[task] == "unanswered":
            return (
                f"gave-up-{axes['giving_up'][0]}",
                f"by its own word it gave up task {task} {waited:.2f} s after its first call, which is never answered, "
                f"though told to after {evidence.scenario.patience:g} s",
            )
        return (
            f"gave-up-{axes['giving_up'][0]}",
            f"it hung up on task {task} {waited:.2f} s after the last byte, though told to after "
            f"{evidence.scenario.patience:g} s of silence",
        )
    return None


def _truth(evidence: Evidence, axes: Axes) -> tuple[str, str] | None:
    if axes["exit"] == ["false"]:
        return "exit-lies", f"exit status {evidence.recording.exit.status}, though {_fact(evidence)}"
    if len(evidence.last_lines) > MOST_LAST_LINES:
        count, last = len(evidence.last_lines), excerpt(evidence.last_lines[-1])
        return "stack-trace", f"it ended with {count} lines on standard error, the last of them {last}"
    if axes["failures"] == ["unnamed"]:
        told = sorted(evidence.transcript.failures)
        return "failure-not-named", f"tasks {sorted(evidence.faults)} failed; the failure lines name {told or 'none'}"
    if axes["progress"] == ["wrong"]:
        return "progress-wrong", "the numbers in the progress lines do not add up to the poems"
    return None


def _fact(evidence: Evidence) -> str:
    """What an exit status should have told."""
    number = evidence.scenario.client.signal_number
    if evidence.recording.signalled is not None and number is not None:
        return f"it was stopped by {_signal_name(number)}, which is {128 + number}"
    if evidence.recording.stdout_closed is not None:
        return "most of its output could not be written"
    if evidence.faults:
        return f"{len(evidence.faults)} of {len(evidence.scenario.tasks)} addresses failed"
    return "all poems came whole"


def _where(evidence: Evidence) -> str:
    """After which byte of which poem a client stopped."""
    seen: dict[int, tuple[int, float]] = {r.task: (r.end, r.seen) for r in evidence.transcript.reports}
    ended = evidence.recording.ended
    unfinished = [t for t in evidence.good if seen.get(t, (0, 0.0))[0] < len(evidence.scenario.server(t).poem)]
    if not seen:
        sent = [f"{c.sent} bytes of poem {c.task}" for c in evidence.log.connections[:3]]
        return f"it reported nothing; the servers had sent {', '.join(sent) or 'nothing, for it never connected'}"
    if not unfinished:
        return "it had reported every poem whole, and did not end"
    task = max(unfinished, key=lambda t: seen.get(t, (0, 0.0))[1])
    byte, at = seen.get(task, (0, evidence.recording.started))
    size = len(evidence.scenario.server(task).poem)
    connection = evidence.log.of_task(task)
    return (
        f"it stopped after byte {byte} of {size} of poem {task} ({evidence.scenario.server(task).name}), "
        f"{ended - at:.1f} s before; {connection.sent if connection else 0} had been sent"
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
