"""What a wrong output is a sign of: the usual mistakes, known by their traces.  Pure functions of evidence."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from harness.printable import excerpt
from harness.record.evidence import Evidence
from harness.record.stdout_poems import Difference

REPLACED = "�".encode()
_MIXED = "Poems run into one another: gather each one by itself, and print it when it is whole."
LISTED = 6  # tasks that a sentence names
LEAST_BUFFER = 256  # bytes: who sets aside room for a poem takes as much
BEHIND = 3  # bytes before a difference that may be of the same character
WORDS = {
    "refused": "connection refused",
    "reset": "connection reset",
    "stall": "timed out",
    "pause": "timed out",
    "unanswered": "timed out",
}
LIKE_A_FAILURE = re.compile(rb"(?i)fail|error|refused|reset|timed out")


def difference_hint(evidence: Evidence) -> str:
    """Advice on the first difference of standard output; empty where there is none."""
    difference = evidence.stdout_poems.difference
    if difference is None:
        return ""
    if difference.offset == 0 and difference.got.startswith(b"\n") and not difference.expected.startswith(b"\n"):
        failed = f", and nothing at all for address {listed(evidence.faults)}, which failed" if evidence.faults else ""
        return f"An empty line too many: print one newline after each poem that came whole{failed}."
    if difference.task == 0:
        return "Standard output holds the poems and nothing else; progress and messages belong on standard error."
    poem = evidence.scenario.server(difference.task).poem
    return (
        _notation(difference, poem)
        or _newline(difference, poem)
        or _encoding(difference, poem)
        or _mixed(evidence, difference)
        or _chunk(evidence, difference)
        or _cut(difference, poem)
        or _usual(evidence, difference)
    )


def listed(tasks: Iterable[int]) -> str:
    """Their numbers; of very many, the first."""
    numbers = [str(task) for task in tasks]
    more = f" and {len(numbers) - LISTED} more" if len(numbers) > LISTED else ""
    return f"{', '.join(numbers[:LISTED])}{more}"


def _notation(difference: Difference, poem: bytes) -> str:
    if difference.offset == 0 and difference.got.startswith((b"b'", b'b"')):
        return "That is Python's notation of bytes: write the bytes themselves, with sys.stdout.buffer.write(poem)."
    if difference.got.startswith(b"\r\n") and difference.expected.startswith(b"\n"):
        return "A line end was turned into CR LF: write the bytes as they are, in binary mode."
    # The first letter of a message may be a poem's as well.
    came = poem[: difference.offset] + difference.got if difference.offset < BEHIND else b""
    if came.lower().startswith((b"task ", b"usage", b"got ", b"connect", b"reading", b"error")):
        return "Standard output holds the poems and nothing else; progress and messages belong on standard error."
    return ""


def _newline(difference: Difference, poem: bytes) -> str:
    if difference.expected == b"\n" and difference.offset == len(poem):
        own = (
            " Its own last newline, which $(...) and strip lose, is a byte like all others."
            if poem[-1:] == b"\n"
            else ""
        )
        return f"A newline is missing: one follows each poem, whether it ends with one or not.{own}"
    if difference.offset == len(poem) and difference.got.startswith(b"\n"):
        return "One newline follows each poem, not two."
    return ""


def _encoding(difference: Difference, poem: bytes) -> str:
    at = difference.offset
    if at >= len(poem) or all(byte < 0x80 for byte in poem[max(0, at - BEHIND) : at + BEHIND]):
        return ""
    keep = "Keep bytes as bytes, or decode a poem only when it is whole."
    for behind in range(min(BEHIND, at) + 1):
        came = poem[at - behind : at] + difference.got
        doubled = poem[at - behind : at + 2].decode("latin-1").encode()
        if poem[at - behind] >= 0x80 and came.startswith(doubled):
            return f"Each byte was taken for a Latin-1 character and encoded once more as UTF-8. {keep}"
        if came.startswith(REPLACED) or (behind == 0 and came.startswith(b"?")):
            return f"A read ended in the middle of a character, and was decoded by itself. {keep}"
    rest = bytes(byte for byte in difference.expected if byte < 0x80)
    if poem[at] >= 0x80 and rest and difference.got.startswith(rest[:4]):
        return f"Bytes beyond ASCII were dropped, as a decoder does it that ignores half a character. {keep}"
    return ""


def _mixed(evidence: Evidence, difference: Difference) -> str:
    own = evidence.log.of_task(difference.task)
    for other in evidence.log.connections:
        if own is None or other.task in (None, own.task) or difference.offset not in own.ends:
            continue
        poem = evidence.scenario.server(other.task or 0).poem
        chunks = [poem[start:end] for start, end in itertools.pairwise([0, *other.ends])]
        if any(len(chunk) > 1 and difference.got.startswith(chunk) for chunk in chunks):
            return _MIXED
    return ""


def _chunk(evidence: Evidence, difference: Difference) -> str:
    connection = evidence.log.of_task(difference.task)
    if connection is None or difference.offset not in connection.ends:
        return ""
    reads = [report.end for report in evidence.transcript.reports if report.task == difference.task]
    # On a busy machine one read has more than the first chunk; who tells of none has left, all the same.
    first = difference.offset == connection.ends[0] or reads == [difference.offset]
    if difference.code == "poem-cut-short" or first or (not reads and connection.how == "hang-up"):
        return (
            f"Byte {difference.offset} is just where one of the server's chunks ends. One read is not the whole poem: "
            "read until a read returns 0 bytes."
        )
    return (
        f"Byte {difference.offset} is just where one of the server's chunks ends: something happens to what you read "
        "between two reads. Put the bytes together as they came, with nothing between."
    )


def _cut(difference: Difference, poem: bytes) -> str:
    at = difference.offset
    if not at or not difference.got.startswith(b"\n"):
        return ""
    if poem[at - 1 : at] == b"\n" and b"\n" not in poem[at:]:
        return (
            "You print the poem up to its last newline: what comes after that is of it, too, up to the server's close."
        )
    if difference.code != "bytes-differ":
        return ""
    said = f"The poem ends at byte {at} as if it were whole."
    if at >= LEAST_BUFFER and at & (at - 1) == 0:
        return (
            f"{said} {at} is a power of two: is that the size of a buffer? A read that has no room left returns 0, as "
            "at the end of a poem: make room, and read until a read with room returns 0 bytes."
        )
    return f"{said} Read until a read returns 0 bytes."


def _usual(evidence: Evidence, difference: Difference) -> str:
    match difference.code:
        case "poems-mixed":
            return _MIXED
        case "poem-cut-short":
            return "Read until the server closes, that is, until a read returns 0 bytes, and flush before you exit."
        case "bytes-missing":
            return f"Bytes of the poem are lost on the way, from byte {difference.offset} on."
        case "bytes-extra":
            return f"The output holds bytes that were never sent, from byte {difference.offset} on."
    if difference.offset == 0 and difference.task in evidence.good:
        return f"Standard output goes on with {excerpt(difference.got)}, which begins none of the poems still due."
    return "The poems are to be printed byte for byte."


def failure_form(evidence: Evidence, task: int) -> str:
    """The line that tells of this task's failure, quoted."""
    return f"`Task {task}: failed: {WORDS[evidence.faults[task]]} (HOST:PORT)`"


def failure_hint(evidence: Evidence) -> str:
    """Advice on failure lines that are missing, or name an address that did not fail."""
    told, failed = evidence.transcript.failures, evidence.faults
    innocent = sorted(set(told) - set(failed))
    if innocent and {task + 1 for task in told} == set(failed):
        return f"You wrote that task {innocent[0]} failed; it was {innocent[0] + 1}: tasks are counted from 1."
    if innocent:
        words = told[innocent[0]].encode()
        return f"Task {innocent[0]} did not fail, and you wrote that it did: {excerpt(words)}."
    missing = min(set(failed) - set(told))
    form = failure_form(evidence, missing)
    lines = evidence.transcript.stderr.data.splitlines() + evidence.transcript.stdout.data.splitlines()
    near = [line for line in lines if LIKE_A_FAILURE.search(line)]
    if near:
        return f"Your line {excerpt(near[-1])} does not have the form of the contract: {form}, at the start of a line."
    return f"Write a line on standard error for every address that fails: {form}."


def progress_hint(evidence: Evidence) -> str:
    """Advice on progress lines that do not add up to the poems."""
    sizes: dict[int, list[int]] = {}
    for report in evidence.transcript.reports:
        sizes.setdefault(report.task, []).append(report.end - report.start)
    tasks = len(evidence.scenario.tasks)
    strange = [task for task in sizes if not 1 <= task <= tasks]
    if strange:
        counted = " Tasks are counted from 1." if 0 in strange else ""
        return f"You reported on task {strange[0]}, and there are the tasks 1 to {tasks}.{counted}"
    for task in range(1, tasks + 1):
        poem, told = evidence.scenario.server(task).poem, sizes.get(task, [])
        total = sum(told)
        if task in evidence.called_again or (total == len(poem) if task in evidence.good else total <= len(poem)):
            continue
        of_it = f"Your lines for task {task} add up to {total} bytes; the poem has {len(poem)}."
        if not told:
            return f"{of_it} There is no line for it, though others have theirs: report each read, or none at all."
        if told[-1] == len(poem) and told == sorted(told):
            return f"{of_it} They tell how much has come in all: give the number of bytes of this one read."
        if total == len(poem.decode(errors="replace")):
            return f"{of_it} That is its number of characters: count bytes, before anything is decoded."
        if total == len(poem) - poem.count(b"\n"):
            return f"{of_it} The newlines, {poem.count(10)} of them, are not counted: they are bytes like all others."
        return f"{of_it} Give the number of bytes that each read returned."
    return ""
