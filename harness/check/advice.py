"""What a client should do otherwise, by the reason code of its failure.  Pure functions of evidence."""

from __future__ import annotations

from collections.abc import Callable

from harness.check.usual_mistakes import difference_hint, failure_form, failure_hint, listed, progress_hint
from harness.record.evidence import Evidence


def advice(code: str, evidence: Evidence) -> str:
    """One paragraph; empty where there is none for this code."""
    return ADVICE[code](evidence) if code in ADVICE else ""


def _stuck(evidence: Evidence) -> str:
    if not evidence.log.connections:
        return (
            "The program waits for something before it connects. Standard input is empty here, and the addresses are "
            "its arguments."
        )
    whole = {poem.task for poem in evidence.stdout_poems.whole()}
    read = {report.task: report.end for report in evidence.transcript.reports}
    missing = {task: c for task in evidence.good if task not in whole and (c := evidence.log.of_task(task)) is not None}
    never = [task for task in evidence.good if evidence.log.of_task(task) is None]
    unread = [task for task, c in missing.items() if 0 < read.get(task, 0) < c.sent]
    unnamed = [task for task in evidence.faults if task not in evidence.transcript.failures]
    closed = [task for task, c in missing.items() if (c.how == "close" or c.fin) and task not in unread]
    failed = f"do you wait on for address {listed(unnamed)}, which failed? An error ends its task too."
    after = f" Address {listed(never)} is called only after that." if never else ""
    if unread:
        return (
            f"You stopped reading poem {unread[0]} at byte {read[unread[0]]}, though more was there: read on until a "
            f"read returns 0 bytes.{after}"
        )
    if closed:
        return (
            f"The server of poem {listed(closed)} has closed: where a read returns 0 bytes, the poem is whole. Close, "
            f"print it, and wait for that socket no more.{f' Or {failed}' if unnamed else ''}{after}"
        )
    if unnamed:
        return f"{failed[0].upper()}{failed[1:]}{after}"
    return f"All has come. When the last task has ended, successfully or not, exit.{after}"


def _missing(evidence: Evidence) -> str:
    whole = {poem.task for poem in evidence.stdout_poems.whole()}
    missing = [task for task in evidence.good if task not in whole]
    connections = {task: evidence.log.of_task(task) for task in missing}
    if not evidence.log.connections:
        return "Connect to every address among the arguments: a TCP connection, nothing to send, read until the end."
    if any(connection is None for connection in connections.values()):
        never = listed(task for task, connection in connections.items() if connection is None)
        return (
            f"Call every address: nothing came to that of poem {never}. An address that fails must not end the program."
        )
    short = [
        task for task, c in connections.items() if c is not None and c.sent < len(evidence.scenario.server(task).poem)
    ]
    if short:
        return (
            f"You left before poem {listed(short)} had been sent. One read is not the whole poem: read on until "
            "a read returns 0 bytes, for then the server has closed."
        )
    return (
        f"Poem {listed(missing)} was sent whole, and is not on standard output. Print each poem and one newline, and "
        "flush before you exit."
    )


def _others_lost(evidence: Evidence) -> str:
    if (difference := evidence.stdout_poems.difference) and difference.offset:
        return difference_hint(evidence)
    if not evidence.log.connections:
        return f"{_missing(evidence)} An address that fails must not end the program: go on with the others."
    never_called = [task for task in evidence.good if evidence.log.of_task(task) is None]
    first = min(evidence.faults, default=0)
    if first and never_called and any(poem.task > first for poem in evidence.stdout_poems.whole()):
        return (
            f"You went on after the failure of address {first}, and never called address "
            f"{listed(never_called)}: each of the arguments is an address, however many there are."
        )
    return (
        f"The failure of address {listed(evidence.faults)} is no reason to give up the others: say it on standard "
        "error, go on, print what comes whole, and exit with status 1 at the end."
    )


def _swallowed(evidence: Evidence) -> str:
    task = evidence.unsaid[0]
    connection, silent = evidence.log.of_task(task), evidence.silent.get(task)
    if connection and connection.half_closed and silent and connection.half_closed <= silent:
        return (
            "You end your own side of the connection before the poem has ended (shutdown, end): a server that has "
            "nothing more to send takes that for your leaving, and closes. Keep it open until a read returns 0 bytes."
        )
    what = (
        "A read that fails (ECONNRESET) is not the end of a poem, a read of 0 bytes is: look at the error as well as "
        "at the number."
        if evidence.faults[task] == "reset"
        else "A silence is not the end of a poem, a read of 0 bytes is: what --timeout ends has failed."
    )
    return f"{what} Say {failure_form(evidence, task)}, leave the poem out, and exit with status 1."


def _patience(evidence: Evidence) -> str:
    return (
        "--timeout SECONDS is the longest silence of one address: begin to count anew after each read, and for each "
        "address by itself. When the time is over, close that connection at once, say so, and go on with the others."
    )


def _left_open(evidence: Evidence) -> str:
    return "Close each connection as soon as a read returns 0 bytes: the server may be waiting for that."


def _exit(evidence: Evidence) -> str:
    number = evidence.scenario.client.signal_number
    if evidence.recording.signalled is not None and number is not None:
        return f"Exit with status {128 + number}, or die by the signal: that is how others know why it ended."
    if evidence.recording.stdout_closed is not None:
        return "Look at what each write and the last flush return: where one fails, exit with a status other than 0."
    if evidence.faults:
        return f"Remember that address {listed(evidence.faults)} failed, and exit with status 1 at the end."
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


def _ignored(evidence: Evidence) -> str:
    number = evidence.scenario.client.signal_number or 0
    return (
        f"A program that is sent SIG{evidence.scenario.client.signal} is to end: let go of the connections, print what "
        f"is whole and not yet printed, and exit with status {128 + number}. With no handler at all the system ends it."
    )


def _pipe_ignored(evidence: Evidence) -> str:
    return (
        "A write to standard output that fails (EPIPE, a broken pipe) is the end, for nobody reads any more: exit with "
        "a status other than 0. Or leave SIGPIPE at its default, and the system ends the program."
    )


def _late(evidence: Evidence) -> str:
    return "Close the connections before anything else: the servers are sending to nobody meanwhile."


def _lost(evidence: Evidence) -> str:
    return (
        "Keep each poem that is whole where the signal's handler finds it, and print it before you exit; or print each "
        "as soon as it is whole, and there is nothing to do."
    )


def _output_lost(evidence: Evidence) -> str:
    return (
        "A reader may be slow, and a write may take less than it was given, or nothing: look at what it returns, and "
        "write the rest as soon as there is room."
    )


def _trace(evidence: Evidence) -> str:
    return (
        "To be stopped, or to have no reader, is no error of the program: catch what your runtime makes of it "
        "(KeyboardInterrupt, BrokenPipeError and the like), and leave quietly."
    )


def _signal(evidence: Evidence) -> str:
    return "The program was killed by the system, not by the lab: a crash in it or in its runtime."


def _memory(evidence: Evidence) -> str:
    return "Keep the poems and no more: they have a few thousand bytes."


def _too_much(evidence: Evidence) -> str:
    return "It prints without end, perhaps because a read of 0 bytes, the end, is taken for a poem that goes on."


def _too_many(evidence: Evidence) -> str:
    return "Connect once to each address. To wait for more bytes, read again on the same connection."


ADVICE: dict[str, Callable[[Evidence], str]] = {
    "killed-at-limit": _stuck,
    "poem-missing": _missing,
    "others-lost": _others_lost,
    "poem-cut-short": difference_hint,
    "bytes-missing": difference_hint,
    "bytes-extra": difference_hint,
    "bytes-differ": difference_hint,
    "poems-mixed": difference_hint,
    "truncation-swallowed": _swallowed,
    "gave-up-early": _patience,
    "gave-up-late": _patience,
    "left-open": _left_open,
    "exit-lies": _exit,
    "failure-not-named": failure_hint,
    "progress-wrong": progress_hint,
    "signal-ignored": _ignored,
    "pipe-ignored": _pipe_ignored,
    "hang-up-late": _late,
    "whole-poem-lost": _lost,
    "output-lost": _output_lost,
    "stack-trace": _trace,
    "refused-arguments": _refused,
    "not-startable": _start,
    "died-by-signal": _signal,
    "out-of-memory": _memory,
    "too-much-stdout": _too_much,
    "too-much-stderr": _too_much,
    "too-many-connections": _too_many,
}
