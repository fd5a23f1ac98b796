"""A client whose exit status, failure lines or progress lines do not tell the truth."""

from __future__ import annotations

import re

from harness.judge.breaches.breach import Axes, Breach, failure_form, named, signal_name
from harness.printable import counted, excerpt
from harness.record.evidence import Evidence

TWO_LINES = re.compile(rb"Task \d+: .*Task \d+: .*")
LIKE_A_FAILURE = re.compile(rb"(?i)fail|error|refused|reset|timed out")


def _exit_lies(evidence: Evidence, axes: Axes) -> str | None:
    if axes["exit"] != ["false"]:
        return None
    status = evidence.recording.exit.status
    return f"{'no exit status' if status is None else f'exit status {status}'}, although {_fact(evidence)}"


def _fact(evidence: Evidence) -> str:
    """What the exit status should have told."""
    number = evidence.scenario.client.signal_number
    if evidence.recording.signalled is not None and number is not None:
        return f"it was stopped by {signal_name(number)}, which is {128 + number}"
    if evidence.recording.stdout_closed is not None:
        return "most of its output could not be written"
    if evidence.faults:
        return f"{len(evidence.faults)} of {counted(len(evidence.scenario.tasks), 'address', 'addresses')} failed"
    return "all poems are complete"


def _exit_advice(evidence: Evidence) -> str:
    number = evidence.scenario.client.signal_number
    if evidence.recording.signalled is not None and number is not None:
        return f"Exit with status {128 + number}, or die by the signal: other programs learn from that why it ended."
    if evidence.recording.stdout_closed is not None:
        return "Check what each write and the last flush return: if one fails, exit with a status other than 0."
    never = [t for t in evidence.cut if evidence.log.of_task(t) is None]
    if never:
        return f"You have never connected to {named('address', never)}: each argument is an address."
    if evidence.faults:
        return f"Remember that {named('address', evidence.faults)} failed, and exit with status 1 at the end."
    return "Every poem is on standard output as it should be: exit with status 0."


def _not_named(evidence: Evidence, axes: Axes) -> str | None:
    if axes["failures"] != ["unnamed"]:
        return None
    failed, reported = sorted(evidence.faults), sorted(evidence.transcript.failures)
    return f"{named('task', failed)} failed; the failure lines name {named('task', reported)}"


def _not_named_advice(evidence: Evidence) -> str:
    reported, failed = evidence.transcript.failures, evidence.faults
    innocent = sorted(set(reported) - set(failed))
    if innocent and {task + 1 for task in reported} == set(failed):
        return f"You wrote that task {innocent[0]} failed, but it was task {innocent[0] + 1}: count tasks from 1."
    if innocent:
        words = reported[innocent[0]].encode()
        return f"You wrote that task {innocent[0]} failed, but it did not: {excerpt(words)}."
    missing = min(set(failed) - set(reported))
    form = failure_form(evidence, missing)
    lines = evidence.transcript.stderr.data.splitlines() + evidence.transcript.stdout.data.splitlines()
    near = [line for line in lines if LIKE_A_FAILURE.search(line)]
    if near:
        return f"Your line {excerpt(near[-1])} does not have the form of the contract: {form}, at the start of a line."
    return f"Write one line on standard error for every address that fails: {form}."


def _progress_wrong(evidence: Evidence, axes: Axes) -> str | None:
    if axes["progress"] != ["wrong"]:
        return None
    return "the numbers in the progress lines do not add up to the sizes of the poems"


def _progress_advice(evidence: Evidence) -> str:
    if mixed := TWO_LINES.search(evidence.transcript.stderr.data):
        return (
            f"The line {excerpt(mixed[0])} is made of pieces of two: write each line whole, with its newline, by one "
            "write, or hold a lock meanwhile."
        )
    sizes: dict[int, list[int]] = {}
    for report in evidence.transcript.reports:
        sizes.setdefault(report.task, []).append(report.end - report.start)
    tasks = len(evidence.scenario.tasks)
    strange = [task for task in sizes if not 1 <= task <= tasks]
    if strange:
        count = "Count tasks from 1." if 0 in strange else "Task N is the N-th argument, counted from 1."
        return f"You reported on task {strange[0]}, but the tasks are 1 to {tasks}. {count}"
    swapped = sorted(map(sum, sizes.values())) == sorted(c.sent for c in evidence.log.connections if c.sent)
    for task in range(1, tasks + 1):
        poem, reported = evidence.scenario.server(task).poem, sizes.get(task, [])
        total = sum(reported)
        if task in evidence.called_again or (total == len(poem) if task in evidence.good else total <= len(poem)):
            continue
        start = f"Your lines for task {task} add up to {counted(total, 'byte')}, but the poem has {len(poem)}."
        if reported and reported[-1] == len(poem) and reported == sorted(reported):
            return f"{start} Your numbers are running totals: give the number of bytes of this one read."
        holder = next((other for other, theirs in sizes.items() if sum(theirs) == len(poem)), None)
        if swapped and holder is not None:
            return f"{start} They are in your lines for task {holder}: task N is the N-th argument, counted from 1."
        if not reported:
            return f"{start} This task has no line, although others have: report every read, or none at all."
        if total == len(poem.decode(errors="replace")):
            return f"{start} That is its number of characters: count the bytes, before you decode anything."
        if total == len(poem) - poem.count(b"\n"):
            return f"{start} You do not count the {poem.count(10)} newlines: they are bytes like all others."
        return f"{start} Give the number of bytes that each read returned."
    return ""


EXIT_LIES = Breach("exit-lies", _exit_lies, _exit_advice)
TELLING = (
    Breach("failure-not-named", _not_named, _not_named_advice),
    Breach(
        "progress-wrong",
        _progress_wrong,
        _progress_advice,
        lead=lambda _: "The poems are right, but the numbers in the progress lines are not.",
    ),
)
