"""The axis `reads`: does a client read a poem while another is unfinished?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from evidence_maker import ROSE, START, evidence, scenario, server

from harness.judge.axes import waiting
from harness.record.send_log import Connection, SendLog
from harness.spec.scenario_file import again_and_again

LARGE = b"x" * 5000
SLOW = server(ROSE, 8, 0.5)
FLOOD = scenario(SLOW, server(LARGE, 5000, 0.1))
END = START + 10.0  # when the slow poem's last byte is sent


@pytest.fixture(autouse=True)
def small_sockets(monkeypatch):
    monkeypatch.setattr(waiting, "HOLDS", 2000)


def reads(*flood: tuple[float, int], made=FLOOD):
    """What the axis says where the large poem's bytes had gone so far at these times, in seconds before the end."""
    slow = Connection(1, START, [len(ROSE)], [END])
    large = Connection(2, START, [end for _, end in flood], [END - before for before, _ in flood])
    return waiting.reads(replace(evidence(made), log=SendLog([slow, large])))


def test_a_poem_that_went_beyond_what_sockets_hold_was_read():
    assert reads((9.0, 1000), (3.0, 2001)) == ("all-at-once",)
    assert reads((9.0, 5000)) == ("all-at-once",)


def test_a_poem_that_stood_still_until_the_other_was_done_was_not_read():
    assert reads((9.0, 1500), (-1.0, 5000)) == ("one-at-a-time",)
    assert reads((9.0, 2000)) == ("one-at-a-time",)
    assert reads((-1.0, 5000)) == ("one-at-a-time",)


def test_a_poem_that_still_goes_on_slowly_leaves_it_open():
    assert reads((9.0, 1000), (0.4, 1500), (-1.0, 5000)) == waiting.READS


def test_poems_that_sockets_can_hold_say_nothing():
    small = scenario(SLOW, server(b"x" * 2000, 2000, 0.1))
    assert reads((9.0, 10), made=small) == ()


def test_a_large_poem_alone_says_nothing():
    alone = scenario(server(LARGE, 5000, 0.1))
    assert waiting.reads(evidence(alone)) == ()


@pytest.mark.parametrize("size", [1, 9, 10, 11, 12345])
def test_a_poem_again_and_again_has_the_size_and_a_line_for_each_time(size):
    text = again_and_again(b"one\ntwo\n\nx\n", size)
    assert len(text) == size
    assert text == (b"one two  x\n" * 2000)[:size]
