"""The usual mistakes behind a wrong standard output, recognised by the bytes.  Pure functions of evidence."""

from __future__ import annotations

import itertools

from harness.judge.breaches.breach import named
from harness.printable import excerpt
from harness.record.evidence import Evidence
from harness.record.stdout_poems import Difference

REPLACED = "�".encode()
_MIXED = "Poems are mixed with one another: collect each poem separately, and print it when it is complete."
LEAST_BUFFER = 256  # bytes: a buffer for a poem is at least this large
BEHIND = 3  # bytes before a difference that can belong to the same character


def difference_advice(evidence: Evidence) -> str:
    """Advice on the first difference of standard output; empty where there is none."""
    difference = evidence.stdout_poems.difference
    if difference is None:
        return ""
    if difference.offset == 0 and difference.got.startswith(b"\n") and not difference.expected.startswith(b"\n"):
        failed = f", and nothing for {named('address', evidence.faults)}, which failed" if evidence.faults else ""
        return f"There is one empty line too many: print one newline after each complete poem{failed}."
    if difference.task == 0:
        return "Print only the poems on standard output; progress and messages belong on standard error."
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


def _notation(difference: Difference, poem: bytes) -> str:
    if difference.offset == 0 and difference.got.startswith((b"b'", b'b"')):
        return "That is how Python displays bytes: write the bytes themselves, with sys.stdout.buffer.write(poem)."
    if difference.got.startswith(b"\r\n") and difference.expected.startswith(b"\n"):
        return "A line end was turned into CR LF: write the bytes as they are, in binary mode."
    # The first letter of a message may also be the first letter of a poem.
    came = poem[: difference.offset] + difference.got if difference.offset < BEHIND else b""
    if came.lower().startswith((b"task ", b"usage", b"got ", b"connect", b"reading", b"error")):
        return "Print only the poems on standard output; progress and messages belong on standard error."
    return ""


def _newline(difference: Difference, poem: bytes) -> str:
    if difference.expected == b"\n" and difference.offset == len(poem):
        own = (
            " The poem's own last newline, which $(...) and strip remove, is a byte like all others."
            if poem[-1:] == b"\n"
            else ""
        )
        return f"A newline is missing: print one after each poem, even if the poem ends with one.{own}"
    if difference.offset == len(poem) and difference.got.startswith(b"\n"):
        return "Print one newline after each poem, not two."
    return ""


def _encoding(difference: Difference, poem: bytes) -> str:
    at = difference.offset
    if at >= len(poem) or all(byte < 0x80 for byte in poem[max(0, at - BEHIND) : at + BEHIND]):
        return ""
    keep = "Keep bytes as bytes, or decode a poem only when it is complete."
    for behind in range(min(BEHIND, at) + 1):
        came = poem[at - behind : at] + difference.got
        doubled = poem[at - behind : at + 2].decode("latin-1").encode()
        if poem[at - behind] >= 0x80 and came.startswith(doubled):
            return f"Each byte was read as a Latin-1 character and encoded again as UTF-8. {keep}"
        if came.startswith(REPLACED) or (behind == 0 and came.startswith(b"?")):
            return f"A read ended in the middle of a character, and you decoded that read on its own. {keep}"
    rest = bytes(byte for byte in difference.expected if byte < 0x80)
    if poem[at] >= 0x80 and rest and difference.got.startswith(rest[:4]):
        return f"Bytes outside ASCII are missing: a decoder that ignores errors drops half a character. {keep}"
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
    # On a busy machine one read can get more than the first chunk; a client that reports none has left all the same.
    first = difference.offset == connection.ends[0] or reads == [difference.offset]
    if difference.code == "poem-cut-short" or first or (not reads and connection.how == "hang-up"):
        return (
            f"One of the server's chunks ends exactly at byte {difference.offset}. One read is not the whole poem: "
            "read until a read returns 0 bytes."
        )
    return (
        f"One of the server's chunks ends exactly at byte {difference.offset}: you change or add something between two "
        "reads. Join the bytes of all reads, with nothing between them."
    )


def _cut(difference: Difference, poem: bytes) -> str:
    at = difference.offset
    if not at or not difference.got.startswith(b"\n"):
        return ""
    if poem[at - 1 : at] == b"\n" and b"\n" not in poem[at:]:
        return (
            "You print the poem only up to its last newline: what follows, until the server closes, also belongs to it."
        )
    if difference.code != "bytes-differ":
        return ""
    said = f"You end the poem at byte {at}, as if it were complete."
    if at >= LEAST_BUFFER and at & (at - 1) == 0:
        return (
            f"{said} {at} is a power of two: is that the size of a buffer? A read into a full buffer returns 0, as at "
            "the end of a poem: make room, and read until a read with room returns 0 bytes."
        )
    return f"{said} Read until a read returns 0 bytes."


def _usual(evidence: Evidence, difference: Difference) -> str:
    match difference.code:
        case "poems-mixed":
            return _MIXED
        case "poem-cut-short":
            return "Read until the server closes the connection (a read returns 0 bytes), and flush before you exit."
        case "bytes-missing":
            return f"Bytes of the poem are lost, from byte {difference.offset} on."
        case "bytes-extra":
            return f"The output has bytes that no server sent, from byte {difference.offset} on."
    if difference.offset == 0 and difference.task in evidence.good:
        return f"Standard output goes on with {excerpt(difference.got)}, but no missing poem begins like that."
    return "Print the poems byte for byte."
