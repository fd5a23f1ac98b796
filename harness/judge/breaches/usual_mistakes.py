"""The usual mistakes behind a wrong standard output, recognised by the bytes.  Pure functions of evidence."""

from __future__ import annotations

from harness.judge.breaches.breach import named
from harness.judge.breaches.encoding_mistakes import BEHIND, encoding_advice, mark_advice
from harness.printable import excerpt
from harness.record.evidence import Evidence
from harness.record.stdout_poems import Difference

_MIXED = "Poems are mixed with one another: collect each poem separately, and print it when it is complete."
_POEMS_ONLY = "Print only the poems on standard output; progress and messages belong on standard error."
WRITE_AGAIN = (
    "A write may take fewer bytes than you gave it, or none: check what each write returns, and write the rest as soon "
    "as there is room."
)
LEAST_BUFFER = 256  # bytes: a buffer for a poem is at least this large
GAP = 16  # bytes that are added or dropped at the end of a read


def difference_advice(evidence: Evidence) -> str:
    """Advice on the first difference of standard output; empty where there is none."""
    difference = evidence.stdout_poems.difference
    if difference is None:
        return ""
    if again := _printed_again(evidence):
        never = [task for task in evidence.good if evidence.log.of_task(task) is None]
        why = f"you never connected to {named('address', never)}: does each task know its own address?"
        return f"Poem {again} is there once more{f', and {why}' if never else ': print each poem once.'}"
    if difference.task == 0 and difference.got.strip(b"\n"):
        return _POEMS_ONLY
    poem = evidence.scenario.server(difference.task).poem if difference.task else b""
    rest = _rest(evidence, difference)
    empty_line = difference.offset == 0 and rest.startswith(b"\n") and not poem.startswith(b"\n")
    if empty_line and (poem + b"\n" in rest or rest[1:].startswith(poem[:GAP])):
        failed = f" Print nothing for {named('address', evidence.faults)}, which failed." if evidence.faults else ""
        swallowed = " A read that fails is not the end of a poem." if evidence.unsaid else ""
        return f"There is one empty line too many: print one newline after each complete poem.{failed}{swallowed}"
    return (
        mark_advice(difference, rest)
        or _notation(difference, poem, rest)
        or _newline(difference, poem)
        or encoding_advice(difference, poem, rest)
        or _ended_early(evidence, difference, poem)
        or _old_bytes(evidence, difference, poem, rest)
        or _between_reads(evidence, difference, rest)
        or _usual(evidence, difference)
    )


def _printed_again(evidence: Evidence) -> int:
    """The task of a whole poem that is printed again where the first difference is; 0: none is."""
    printed, output = evidence.stdout_poems, evidence.transcript.stdout.data
    texts = {output[poem.start : poem.end]: poem.task for poem in printed.whole() if poem.end - poem.start > GAP}
    start = printed.poems[-1].end if printed.poems else 0
    return next((task for text, task in texts.items() if output.startswith(text, start)), 0)


def _rest(evidence: Evidence, difference: Difference) -> bytes:
    """What standard output has from the first difference on."""
    printed = evidence.stdout_poems.poems
    return evidence.transcript.stdout.data[(printed[-1].end if printed else 0) + difference.offset :]


def _notation(difference: Difference, poem: bytes, rest: bytes) -> str:
    if difference.offset == 0 and difference.got.startswith((b"b'", b'b"')):
        return "That is how Python displays bytes: write the bytes themselves, with sys.stdout.buffer.write(poem)."
    due = poem[difference.offset :] + b"\n"
    if rest.startswith(b"\r\n") and due.startswith(b"\n") and _returns(rest, 1) == _returns(due, 1) + 1:
        return "A line end was turned into CR LF: write the bytes as they are, in binary mode."
    if rest.startswith(b"\n") and due.startswith(b"\r\n") and b"\r" not in rest[: rest.find(b"\n", 1) + 1]:
        return "The line ends of this poem are CR LF, and you print newlines alone: keep the bytes as they are."
    # The first letter of a message may also be the first letter of a poem.
    came = poem[: difference.offset] + difference.got if difference.offset < BEHIND else b""
    if came.lower().startswith((b"task ", b"usage", b"got ", b"connect", b"reading", b"error")):
        return _POEMS_ONLY
    return _POEMS_ONLY if difference.offset == 0 and difference.code == "bytes-extra" else ""


def _returns(text: bytes, line: int) -> int:
    """How many carriage returns are at the end of this line; the lines are counted from 0."""
    lines = text.split(b"\n", line + 1)
    last = lines[line] if line < len(lines) - 1 else lines[0]
    return len(last) - len(last.rstrip(b"\r"))


def _newline(difference: Difference, poem: bytes) -> str:
    if difference.code == "bytes-missing" and not poem[difference.offset :].strip():
        own = (
            " The poem's own last newline, which $(...) and strip remove, is a byte like all others."
            if poem[-1:] == b"\n"
            else ""
        )
        return f"A newline is missing: print one after each poem, even if the poem ends with one.{own}"
    if difference.offset == len(poem) and difference.got.startswith(b"\n"):
        return "Print one newline after each poem, not two."
    return ""


def _ended_early(evidence: Evidence, difference: Difference, poem: bytes) -> str:
    """A poem that ends before its end, as if it were complete."""
    at = difference.offset
    if difference.code != "poem-cut-short" or at >= len(poem):
        return ""
    if poem[at - 1 : at] == b"\n" and b"\n" not in poem[at:]:
        return (
            "You print the poem only up to its last newline: what follows, until the server closes, also belongs to it."
        )
    if not difference.got and evidence.faults:
        return "Read until the server closes the connection (a read returns 0 bytes), and flush before you exit."
    if difference.got and not difference.got.startswith(b"\n") and poem[at - 1 : at] != b"\n":
        return f"The poem breaks off at byte {at}, and another one begins. {WRITE_AGAIN}"
    reads = sum(report.task == difference.task for report in evidence.transcript.reports)
    said = f"You end the poem at byte {at}, as if it were complete."
    said += " Read" if reads > 1 else " One read is not the whole poem: read"
    said += " until a read returns 0 bytes."
    if at >= LEAST_BUFFER and at & (at - 1) == 0:
        return (
            f"{said} {at} is a power of two: is that the size of a buffer? A read into a full buffer returns 0, too: "
            "make room before each read."
        )
    connection = evidence.log.of_task(difference.task)
    there = connection is not None and at in connection.ends
    return f"{said} One of the server's chunks ends exactly there." if there else said


def _old_bytes(evidence: Evidence, difference: Difference, poem: bytes, rest: bytes) -> str:
    """What is left of the read before in a buffer that the last read did not fill."""
    connection = evidence.log.of_task(difference.task)
    if connection is None or difference.code != "bytes-extra" or difference.offset not in connection.ends:
        return ""
    at = difference.offset
    last = max((end for end in connection.ends if end < at), default=0)
    due = poem[at : at + GAP] + b"\n" * (at + GAP > len(poem))
    if not any(rest.startswith(poem[last - size : last] + due) for size in range(2, last + 1)):
        return ""
    return "You print old bytes of the buffer, too: print only as many bytes as the read returned."


def _between_reads(evidence: Evidence, difference: Difference, rest: bytes) -> str:
    """Something that the client adds or takes away at the end of a read, and again at the end of a later one."""
    connection = evidence.log.of_task(difference.task)
    if connection is None or difference.code not in ("bytes-extra", "bytes-missing"):
        return ""
    ends = {*connection.ends, *(r.end for r in evidence.transcript.reports if r.task == difference.task)}
    poem = evidence.scenario.server(difference.task).poem
    expected = poem[difference.offset :]
    extra = difference.code == "bytes-extra"
    sizes = {gap: _same(rest[gap:], expected) if extra else _same(rest, expected[gap:]) for gap in range(1, GAP + 1)}
    gap = max(sizes, key=lambda size: sizes[size])
    at, then = difference.offset, difference.offset + sizes[gap] + (0 if extra else gap)
    # A newline added before a newline shows only behind it; what is dropped may have been before the end or behind.
    around = range(-BEHIND, 1) if extra else range(gap + 1)
    first, again = ({place + step for step in around} for place in (at, then))
    if sizes[gap] and then < len(poem) and ends & first and ends & again:
        return (
            "You add or drop something at the end of each read: join the bytes of all reads, with nothing between them."
        )
    return ""


def _same(one: bytes, other: bytes) -> int:
    """How many bytes are the same at the beginning."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


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
