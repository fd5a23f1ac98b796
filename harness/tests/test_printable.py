"""Text to show: what a client printed cannot control a terminal, and counts agree with their nouns."""

from __future__ import annotations

import pytest

from harness.printable import LONGEST, counted, excerpt


def test_plain_text_is_shown_in_quotes_and_accents_as_they_are():
    assert excerpt("Les sanglots longs … 古池".encode()) == "'Les sanglots longs … 古池'"
    assert excerpt(b"") == "''"


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"\x1b[2J", r"'\x1b[2J'"),
        (b"\x1b]0;title\x07", r"'\x1b]0;title\x07'"),
        (b"a\r\nb\tc", r"'a\r\nb\tc'"),
        (b"\x7f\x00", r"'\x7f\x00'"),
        ("\x9b31m".encode(), r"'\x9b31m'"),
        ("\u202eevil".encode(), r"'\u202eevil'"),
        ("\u200b\ufeff".encode(), r"'\u200b\ufeff'"),
        (b"\xff\xc3", r"'\xff\xc3'"),
        (b"\xed\xa0\x80", r"'\xed\xa0\x80'"),
    ],
)
def test_what_is_not_printable_or_not_utf_8_is_escaped(data, shown):
    assert excerpt(data) == shown


def test_no_byte_and_no_pair_of_bytes_stays_unprintable():
    for first in range(256):
        for second in range(256):
            assert excerpt(bytes((first, second))).isprintable()


def test_a_long_text_is_cut_and_says_so():
    assert excerpt(b"x" * LONGEST) == f"'{'x' * LONGEST}'"
    assert excerpt(b"x" * (LONGEST + 1)) == f"'{'x' * LONGEST}'..."
    assert len(excerpt(b"\x00" * 10**6)) < 10 * LONGEST


def test_a_count_agrees_with_its_noun():
    assert [counted(count, "cell") for count in (0, 1, 2)] == ["0 cells", "1 cell", "2 cells"]
    assert [counted(count, "process", "processes") for count in (1, 2)] == ["1 process", "2 processes"]
