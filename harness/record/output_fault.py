"""The kind of fault in an output that stops following a poem, by its bytes alone: one code, whatever the chunks were.

The same mistake must have the same code in every scenario.  So a guess from the next few bytes is not enough: poems
may be mixed in pieces of two bytes, and something may be added after every second byte.
"""

from __future__ import annotations

from collections.abc import Sequence

WINDOW = 256  # bytes of the output that must be explained
STATES = 100  # the most ways that are followed at once to take an output apart
TEXTS = 12  # the most poems that are looked for in a mixture
SAME = 8  # bytes that tell one poem from another
GAP = 16  # bytes that may be missing, or be too many, in one place
BEHIND = 48  # bytes that must agree behind such a place
PIECE = 3  # bytes: a shorter piece of a poem may be there by chance
WOVEN = 48  # bytes that must agree if bytes are missing, or too many, in several places


def code(before: bytes, rest: bytes, expected: bytes, others: Sequence[bytes]) -> str:
    """The code for output that goes on with `rest`, after `before`, instead of `expected`; `others` are due as well."""
    if not expected:
        return "bytes-extra"
    if not expected.strip() and (rest[:1] in (b"", b"\n") or any(other.startswith(rest[:SAME]) for other in others)):
        return "bytes-missing"  # the newlines at the end
    if not rest:
        return "poem-cut-short"
    if _mixed(rest, expected, others):
        return "poems-mixed"
    if any(other.startswith(rest[:WINDOW]) for other in others):
        return "poem-cut-short"  # without even a newline
    # The newline after what was taken for the whole poem may be just the poem's next byte.
    if _ended(rest, others) or (before.endswith(b"\n") and _ended(b"\n" + rest, others)):
        return "poem-cut-short"
    for skipped in range(1, GAP + 1):
        if (after := expected[skipped : skipped + BEHIND]) and rest.startswith(after):
            return "bytes-missing"
        if rest[skipped:].startswith(expected[:BEHIND]):
            return "bytes-extra"
    if _woven(rest[: len(expected) // 2], expected):
        return "bytes-missing"
    if _woven(expected, rest):
        return "bytes-extra"
    return "poems-mixed" if any(rest[:SAME] in other for other in others) else "bytes-differ"


def _ended(rest: bytes, others: Sequence[bytes]) -> bool:
    """Whether a newline ends the poem here, too early, and then nothing follows, or another poem or its beginning."""
    if rest[:1] != b"\n":
        return False
    return rest == b"\n" or any(_begins(rest[1:], other) for other in others)


def _begins(rest: bytes, other: bytes) -> bool:
    same = next((i for i, (a, b) in enumerate(zip(rest, other, strict=False)) if a != b), min(len(rest), len(other)))
    return same >= min(SAME, len(other)) or (same > 0 and rest[same : same + 1] in (b"", b"\n"))


def _woven(fewer: bytes, more: bytes) -> bool:
    """Whether `more` begins with the bytes with which `fewer` begins, in this order, and with some others between."""
    wanted, at, gaps = fewer[:WOVEN], 0, 0
    for byte in wanted:
        found = more.find(byte, at, at + GAP + 1)
        if found < 0:
            return False
        gaps += found > at
        at = found + 1
    # Any letters can be found in any text, but not in runs.
    return len(wanted) >= SAME and gaps <= len(wanted) // 2


def _mixed(rest: bytes, expected: bytes, others: Sequence[bytes]) -> bool:
    """Whether the output goes on with pieces of several poems in turn, and comes back to this one."""
    if len(rest) < len(expected):
        return False  # too little for the poem itself
    texts = [expected, *others[: TEXTS - 1]]
    if _pieces(rest[:WINDOW], texts, returns=False) and expected.lstrip()[:SAME] in rest:
        return True
    # A newline after every piece is one more mistake.  But a newline also ends a poem, and then another one begins:
    # only whoever comes back to an unfinished poem mixes them.
    bare = [text.replace(b"\n", b"") for text in texts]
    return _pieces(rest[:WINDOW].replace(b"\n", b""), bare, returns=True)


def _pieces(output: bytes, texts: Sequence[bytes], *, returns: bool) -> bool:
    """Whether the output is made of pieces of the texts, each text in its own order, and begins inside the first one.

    With `returns` it must also come back to a text that it had left.
    """
    if len(output) < SAME:
        return False
    # How much of each text has been used, the text in use, and how many bytes of it since the output came back to it.
    states = {((0,) * len(texts), 0, 0)}
    for byte in output:
        found = set()
        for used, current, back in states:
            for number, text in enumerate(texts):
                if used[number] < len(text) and text[used[number]] == byte:
                    if back < PIECE and number != current:
                        again = int(number == 0 or used[number] > 0)
                    else:
                        again = min(back + 1, PIECE) if back else 0
                    found.add(((*used[:number], used[number] + 1, *used[number + 1 :]), number, again))
        states = found if len(found) <= STATES else set(sorted(found)[:STATES])
    return any(back == PIECE or not returns for _, _, back in states)
