"""The poems in an output: exact output is always recognised, and a fault is found at its place."""

from __future__ import annotations

import itertools
import random

import pytest
from evidence_maker import PEAR, ROSE, TYGER

from harness.record import stdout_poems
from harness.record.stdout_poems import StdoutPoems, read_poems

POEMS = {1: ROSE, 2: TYGER, 3: PEAR}
A, B, C = (poem + b"\n" for poem in POEMS.values())


def read(output: bytes, poems: dict[int, bytes] = POEMS, failing: dict[int, bytes] | None = None) -> StdoutPoems:
    return read_poems(output, poems.items(), failing or {})


def tasks(printed: StdoutPoems) -> list[int]:
    return [poem.task for poem in printed.poems]


def fault(output: bytes, poems: dict[int, bytes] = POEMS, failing: dict[int, bytes] | None = None) -> tuple:
    difference = read(output, poems, failing).difference
    assert difference is not None
    return difference.code, difference.task, difference.offset


@pytest.mark.parametrize("order", list(itertools.permutations(POEMS)))
def test_whole_poems_are_recognised_in_any_order_with_their_places(order):
    output = b"".join(POEMS[task] + b"\n" for task in order)
    printed = read(output)
    assert printed.difference is None
    assert tasks(printed) == list(order)
    assert all(output[poem.start : poem.end] == POEMS[poem.task] + b"\n" for poem in printed.poems)


def test_equal_poems_are_taken_in_the_order_given():
    printed = read_poems(B + A + A + B, [(4, ROSE), (1, TYGER), (2, ROSE), (3, TYGER)], {})
    assert tasks(printed) == [1, 4, 2, 3]


def test_a_poem_that_begins_with_another_poem_is_recognised():
    poems = {1: b"a", 2: b"a\nb", 3: b"a\nb\nc"}
    for order in itertools.permutations(poems):
        assert read(b"".join(poems[task] + b"\n" for task in order), poems).difference is None


def test_an_output_with_two_possible_beginnings_is_read_so_that_it_goes_on():
    poems = {1: b"a", 2: b"a\nb", 3: b"b\nc"}
    assert tasks(read(b"a\n" + b"b\nc\n" + b"a\nb\n", poems)) == [1, 3, 2]


@pytest.mark.parametrize("alphabet", [b"\n", b"a\n", b"ab\n"])
def test_every_order_of_a_few_small_poems_is_exact(alphabet):
    small = [bytes(text) for size in range(4) for text in itertools.product(alphabet, repeat=size)]
    rng = random.Random(1)
    sets = list(itertools.combinations_with_replacement(small, 3))
    sets = sets if len(sets) < 400 else rng.sample(sets, 400)
    for poems in sets + [tuple(rng.choices(small, k=5)) for _ in range(20)]:
        for order in itertools.permutations(poems):
            output = b"".join(poem + b"\n" for poem in order)
            assert read(output, dict(enumerate(poems, 1))).difference is None, (poems, order)


def test_every_first_part_of_a_failed_poem_is_accepted_among_whole_poems():
    small = [bytes(text) for size in range(4) for text in itertools.product(b"a\n", repeat=size)]
    for good, failing in itertools.product(small, repeat=2):
        for part in {failing[:size] + b"\n" for size in range(len(failing) + 1)}:
            for output in (good + b"\n" + part, part + good + b"\n"):
                assert read(output, {1: good}, {2: failing}).difference is None, (good, failing, output)


def test_of_all_small_outputs_only_exact_ones_are_taken_for_exact():
    poems = {1: b"a", 2: b"a\nb", 3: b""}
    exact = {b"".join(poems[task] + b"\n" for task in order) for order in itertools.permutations(poems)}
    for size in range(9):
        for output in map(bytes, itertools.product(b"ab\n", repeat=size)):
            assert (read(output, poems).difference is None) == (output in exact), output


@pytest.mark.parametrize("poems", [{1: b""}, {1: b"", 2: b""}, {1: b"", 2: b"\n"}, {1: ROSE, 2: b""}])
def test_empty_poems_are_a_newline_each(poems):
    output = b"".join(poem + b"\n" for poem in poems.values())
    assert read(output, poems).difference is None
    assert read(output[:-1], poems).difference is not None
    assert read(output + b"\n", poems).difference is not None


def test_a_poem_without_a_final_newline_still_needs_the_one_that_follows_it():
    poems = {1: b"two\nlines", 2: TYGER}
    assert read(b"two\nlines\n" + B, poems).difference is None
    assert fault(b"two\nlines" + B, poems) == ("bytes-missing", 1, 9)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (B + C + A.replace(b"worm", b"wrm"), ("bytes-missing", 1, 37)),
        (A[1:] + B + C, ("bytes-missing", 1, 0)),
        (B + C + A.replace(b"worm", b"woorm"), ("bytes-extra", 1, 38)),
        (A[:50] + B + A[50:] + C, ("poems-mixed", 1, 50)),
        (A + B[:30] + C + B[30:], ("poems-mixed", 2, 30)),
        (A + B + C[:40], ("poem-cut-short", 3, 40)),
        (A + B + C[:-1], ("bytes-missing", 3, len(PEAR))),
        (A + C, ("poem-missing", 2, 0)),
        (b"", ("poem-missing", 1, 0)),
        (A[:-1] + B + C, ("bytes-missing", 1, len(ROSE))),
        (B + C + A.replace(b"worm", b"wrm").replace(b"flies", b"fles"), ("bytes-missing", 1, 37)),
        (B + C + A.replace(b"worm", b"woorm").replace(b"flies", b"fliies"), ("bytes-extra", 1, 38)),
        (A + B + C + b"!", ("bytes-extra", 0, 0)),
        (A + B + C + A, ("bytes-extra", 0, 0)),
        (A + A + B + C, ("bytes-differ", 2, 0)),
        (A + B + C.replace(b"father", b"FATHER"), ("bytes-differ", 3, PEAR.index(b"father"))),
        (A.replace(b"\n", b"\r\n") + B + C, ("bytes-extra", 1, 21)),
    ],
)
def test_a_fault_is_named_with_its_poem_and_byte(output, expected):
    assert fault(output) == expected


def test_a_doubled_byte_is_extra_and_a_byte_missing_from_a_pair_is_missing():
    assert fault(b"aab\n", {1: b"ab"})[0] == "bytes-extra"
    assert fault(b"bookeeper is here\n", {1: b"bookkeeper is here"})[0] == "bytes-missing"


def test_a_replaced_half_of_a_character_differs():
    poem = "古池や 蛙飛び込む".encode()
    assert fault(poem[:4].decode(errors="replace").encode() + poem[4:] + b"\n", {1: poem}) == ("bytes-differ", 1, 3)


def test_a_difference_shows_the_expected_and_the_actual_bytes():
    difference = read(A[:40] + b"!" * 99).difference
    assert difference is not None
    assert (difference.expected, difference.got) == (A[40:64], b"!" * 24)
    extra = read(A + B + C + b"!" * 99).difference
    assert extra is not None
    assert (extra.expected, extra.got) == (b"", b"!" * 24)


def test_if_equal_poems_are_missing_the_next_of_their_tasks_is_named():
    for output, task in [(b"", 4), (A, 2)]:
        difference = read_poems(output, [(4, ROSE), (2, ROSE)], {}).difference
        assert difference is not None
        assert (difference.code, difference.task) == ("poem-missing", task)


@pytest.mark.parametrize("part", [b"", TYGER[:35] + b"\n", TYGER[:29], TYGER[:29] + b"\n", b"\n", B])
def test_the_first_part_of_a_failed_poem_is_accepted(part):
    for output in (A + part, part + A):
        printed = read(output, {1: ROSE}, {2: TYGER})
        assert printed.difference is None
        assert [poem.task for poem in printed.whole()] == [1]


@pytest.mark.parametrize(
    "part", [TYGER[:9] + b"!\n", TYGER[:32] + b"!\n", TYGER[:9], TYGER[1:9] + b"\n", B + B[:9] + b"\n"]
)
def test_other_bytes_than_those_of_the_failed_poem_are_a_fault(part):
    assert read(A + part, {1: ROSE}, {2: TYGER}).difference is not None


def test_a_failed_poem_does_not_swallow_the_start_of_a_good_one():
    assert read(b"ab\n" + b"cd\n", {1: b"cd"}, {2: b"ab\ncd"}).difference is None


def test_a_crowd_is_read_without_trying_every_order(monkeypatch):
    poems = {task: (b"a", b"a\nb", b"b\na")[task % 3] for task in range(1, 3001)}
    output = b"".join(poem + b"\n" for poem in poems.values())
    assert read(output, poems).difference is None
    assert fault(output[:-2] + b"!\n", poems)[0] in ("bytes-differ", "bytes-extra", "poem-cut-short")
    failing = dict.fromkeys(range(3001, 3301), b"a\nb\nc")
    monkeypatch.setattr(stdout_poems, "READINGS", 20_000)  # the whole limit takes seconds
    assert fault(output + b"a\nb\n" * 200 + b"!", poems, failing)[0] == "bytes-extra"
