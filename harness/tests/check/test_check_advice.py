"""The same kind of mistake is told the same thing, whatever the sizes of the chunks and the poem in which it shows."""

from __future__ import annotations

import pytest
from mistakes import MISTAKES, cells, first_sentence, told

MIXED = "Poems are mixed with one another: collect each poem separately, and print it when it is complete."
JOIN = "You add or drop something at the end of each read: join the bytes of all reads, with nothing between them."
NEWLINE = "A newline is missing: print one after each poem, even if the poem ends with one."
EMPTY_LINE = "There is one empty line too many: print one newline after each complete poem."
POEMS_ONLY = "Print only the poems on standard output; progress and messages belong on standard error."
ENDED = "You end the poem at byte N, as if it were complete."
IGNORED = "Bytes outside ASCII are missing: a decoder that ignores errors drops half a character."
PYTHON = "That is how Python displays bytes: write the bytes themselves, with sys.stdout.buffer.write(poem)."
CLOSED = "The server has closed the connection of poem N: when a read returns N bytes, the poem is complete."
FAILED = "Write one line on standard error for every address that fails: `Task N: failed: connection {} (HOST:PORT)`."
COMPLETE = "Every poem is on standard output as it should be: exit with status N."
REMEMBER = "Remember that address N failed, and exit with status N at the end."

# Where a mistake is told in two ways, it looks like two different ones: a client that prints a line for each read mixes
# the poems only if they come together, and if a poem comes in one read, there is nothing between two reads.
TOLD = {
    "prints reads as they come": {("poems-mixed", MIXED)},
    "prints reads as they come, no newline": {("poems-mixed", MIXED), ("bytes-missing", NEWLINE)},
    "prints a line for each read": {("poems-mixed", MIXED), ("bytes-extra", JOIN)},
    "adds a newline to each read": {("bytes-extra", JOIN), ("bytes-extra", EMPTY_LINE)},
    "strips each read": {("bytes-missing", JOIN), ("bytes-missing", NEWLINE)},
    "decodes each read": {
        ("bytes-differ", "A read ended in the middle of a character, and you decoded that read on its own.")
    },
    # Little is left of a short poem, and the notation of a poem of one line has only two bytes too many.
    "decodes each read, ignoring errors": {("bytes-missing", IGNORED), ("bytes-differ", IGNORED)},
    "shows bytes as Python does": {("bytes-differ", PYTHON), ("bytes-extra", PYTHON)},
    "takes bytes for Latin-1": {
        ("bytes-differ", "Each byte was read as a Latin-N character and encoded again as UTF-N.")
    },
    "one read": {("poem-cut-short", ENDED)},
    "one read, silent": {("poem-cut-short", ENDED)},
    "one read of 1024 bytes": {("poem-cut-short", ENDED)},
    "a buffer of 8192 bytes": {("poem-cut-short", ENDED)},
    "up to the last newline": {
        (
            "poem-cut-short",
            "You print the poem only up to its last newline: what follows, until the server closes, also belongs to "
            "it.",
        )
    },
    "drops byte 20": {("bytes-missing", "Bytes of the poem are lost, from byte N on.")},
    "doubles byte 20": {("bytes-extra", "The output has bytes that no server sent, from byte N on.")},
    "writes CR LF": {("bytes-extra", "A line end was turned into CR LF: write the bytes as they are, in binary mode.")},
    "reads CR LF as LF": {
        (
            "bytes-missing",
            "The line ends of this poem are CR LF, and you print newlines alone: keep the bytes as they are.",
        )
    },
    "no newline after a poem": {("bytes-missing", NEWLINE)},
    "two newlines after a poem": {("bytes-extra", EMPTY_LINE)},
    "strips the poem": {("bytes-missing", NEWLINE)},
    "a heading before each poem": {("bytes-extra", POEMS_ONLY)},
    "a line after each poem": {("bytes-extra", POEMS_ONLY)},
    "drops the last 7 bytes": {("poem-cut-short", ENDED)},
    "lower case": {("bytes-differ", "Standard output goes on with '...', but no missing poem begins like that.")},
    "prints nothing": {("poem-missing", "All bytes of poem N were sent, but they are not on standard output.")},
    "ends after its first poem": {
        (
            "poem-missing",
            "You exited when poem N was complete, before the server had sent all of poem N: end only when every task "
            "has ended.",
        ),
        (
            "poem-missing",
            "You have never connected to address N: each argument is an address, no matter how many there are, and an "
            "address that fails must not end the program.",
        ),
        ("exit-lies", "You have never connected to address N: each argument is an address."),
    },
    "status 0 always": {("exit-lies", REMEMBER)},
    "status 1 always": {("exit-lies", COMPLETE)},
    "status 3 always": {("exit-lies", COMPLETE), ("exit-lies", REMEMBER)},
    "names no failure": {
        ("failure-not-named", FAILED.format("refused")),
        ("failure-not-named", FAILED.format("reset")),
    },
    "counts tasks from 0": {("progress-wrong", "You reported on task N, but the tasks are N to N.")},
    "running totals": {
        ("progress-wrong", "Your numbers are running totals: give the number of bytes of this one read.")
    },
    "one byte too many": {("progress-wrong", "Give the number of bytes that each read returned.")},
    "names tasks backwards": {
        ("progress-wrong", "They are in your lines for task N: task N is the N-th argument, counted from N.")
    },
    "stops after 5 bytes": {
        (
            "killed-at-limit",
            "You stopped reading poem N at byte N (line N, column N), although more bytes were waiting: read until a "
            "read returns N bytes.",
        )
    },
    "never takes 0 bytes for the end": {("killed-at-limit", CLOSED)},
    "takes a reset for the end": {
        ("truncation-swallowed", "A read that fails (ECONNRESET) is not the end of a poem; a read of N bytes is.")
    },
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_kind_of_mistake_is_told_the_same_wherever_it_shows(mistake: str) -> None:
    found: dict[tuple[str, str], list[str]] = {}
    for scenario, joined, turns, made in cells(mistake):
        found.setdefault(told(made), []).append(f"{scenario}, {joined} chunks in a read{', in turn' * turns}")
    found.pop(("", ""), None)  # where the mistake changes nothing
    assert found.keys() == TOLD[mistake], found


def test_numbers_and_quotations_make_no_difference() -> None:
    assert first_sentence("Poems 1, 2 and 3 of 'a 1' came. Read on.") == "Poems N of '...' came."
    assert first_sentence("Your lines for task 2 add up to 3 bytes. Count the bytes.") == "Count the bytes."
