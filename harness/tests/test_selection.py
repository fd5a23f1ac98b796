"""Selection by name."""

from __future__ import annotations

import pytest

from harness.errors import NothingSelected, UsageError
from harness.selection import select

KNOWN = {"python-asyncio": 1, "python-blocking": 2, "erlang": 3}


def test_items_come_in_the_order_given_and_once_each():
    assert select("client", "erlang,python-asyncio,erlang", KNOWN) == [3, 1]


def test_spaces_and_empty_names_do_not_matter():
    assert select("client", " erlang , ,python-blocking,", KNOWN) == [3, 2]


@pytest.mark.parametrize("names", ["", ",", " , "])
def test_an_empty_selection_lists_what_there_is_and_has_its_own_status(names):
    with pytest.raises(NothingSelected, match="no client selected; there are: python-asyncio, python-blocking, erlang"):
        select("client", names, KNOWN)
    assert NothingSelected.status == 3


def test_the_error_for_a_misspelt_name_suggests_similar_names():
    with pytest.raises(UsageError, match="unknown client 'python-asynco'; did you mean python-asyncio"):
        select("client", "erlang,python-asynco", KNOWN)
    assert UsageError.status == 2


def test_the_error_for_an_unknown_name_lists_all_names():
    with pytest.raises(UsageError, match="unknown scenario 'zzzz'; there are: trio, burst"):
        select("scenario", "zzzz", {"trio": 1, "burst": 2})


def test_a_name_is_quoted_so_that_it_cannot_control_a_terminal():
    with pytest.raises(UsageError) as refused:
        select("client", "\x1b[2J", KNOWN)
    assert str(refused.value).isprintable()
