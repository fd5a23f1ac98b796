"""A send log, read back: the task of each connection, what was sent when, and how late."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from evidence_maker import DOWN, PEAR, ROSE, TYGER, scenario, server

from harness.record.send_log import Connection, SendLog, read_send_log
from harness.spec.scenario import Scenario

TWO = scenario(server(ROSE, 8, 0.1), DOWN, server(TYGER, 8, 0.1))
SHARED = scenario(server(ROSE, 8, 0.1), server(PEAR, 8, 0.1), tasks=4)


def entry(t: float, act: str, who: int, conn: int = 1, **more: float) -> str:
    return json.dumps({"t": t, "act": act, "server": who, "conn": conn, **more}) + "\n"


def log_of(tmp_path: Path, made: Scenario, *lines: str) -> SendLog:
    path = tmp_path / "send-log.ndjson"
    path.write_text("".join(lines), "utf-8")
    return read_send_log(path, made)


def test_a_connection_belongs_to_the_task_of_its_server(tmp_path):
    log = log_of(
        tmp_path,
        TWO,
        entry(1.0, "accept", 3, peer="a:1"),
        entry(1.1, "accept", 1),
        entry(1.2, "send", 3, start=0, end=8, due=1.1),
        entry(1.3, "send", 3, start=8, end=12),
        entry(1.4, "half-close", 3),
        entry(1.5, "close", 3),
    )
    third = Connection(3, 1.0, [8, 12], [1.2, 1.3], 1.5, "close", half_closed=1.4, server=3)
    assert log.connections == [third, Connection(1, 1.1, server=1)]
    assert log.of_task(3) == third
    assert log.of_task(2) is None


def test_connections_are_in_the_order_of_their_accepts(tmp_path):
    log = log_of(tmp_path, TWO, entry(2.0, "accept", 1), entry(1.0, "accept", 3))
    assert [connection.task for connection in log.connections] == [3, 1]


def test_tasks_that_share_a_server_are_dealt_in_the_order_of_the_accepts(tmp_path):
    lines = [entry(conn + who / 10, "accept", who, conn) for conn in (1, 2, 3) for who in (1, 2)]
    log = log_of(tmp_path, SHARED, *lines)
    assert [connection.task for connection in log.connections] == [1, 2, 3, 4, None, None]


def test_a_second_connection_to_a_server_of_one_task_belongs_to_no_task(tmp_path):
    log = log_of(tmp_path, TWO, entry(1.0, "accept", 1, 1), entry(2.0, "accept", 1, 2))
    assert [connection.task for connection in log.connections] == [1, None]
    assert log.of_task(1) == Connection(1, 1.0, server=1)


def test_a_second_connection_to_a_server_that_was_away_belongs_to_the_same_task(tmp_path):
    mortal = scenario(server(ROSE, 8, 0.1), replace(server(TYGER, 8, 0.1), away=(1.0, 2.0)))
    lines = [entry(1.0, "accept", 2, 1), entry(2.0, "down", 2, 0), entry(2.0, "reset", 2, 1), entry(3.0, "up", 2, 0)]
    log = log_of(tmp_path, mortal, *lines, entry(4.0, "accept", 2, 2))
    first, last = Connection(2, 1.0, ended=2.0, how="reset", server=2), Connection(2, 4.0, server=2)
    assert log.connections == [first, last]
    assert (log.first(2), log.of_task(2), log.first(1)) == (first, last, None)


def test_unanswered_calls_are_counted_and_the_first_is_the_time_of_the_call(tmp_path):
    late = scenario(replace(server(ROSE, 8, 0.1), opens=0.5), DOWN)
    lines = [entry(1.0, "knock", 1, 0), entry(2.0, "knock", 1, 0), entry(2.5, "open", 1, 0)]
    log = log_of(tmp_path, late, *lines, entry(3.0, "accept", 1, 1), entry(4.0, "accept", 1, 2))
    assert log.knocks == {1: [1.0, 2.0]}
    assert [connection.called for connection in log.connections] == [1.0, 4.0]


def test_the_end_of_each_side_is_kept(tmp_path):
    (connection,) = log_of(
        tmp_path, TWO, entry(1.0, "accept", 1), entry(2.0, "fin", 1), entry(3.0, "hang-up", 1)
    ).connections
    assert (connection.fin, connection.half_closed, connection.how) == (2.0, None, "hang-up")


@pytest.mark.parametrize(("half_closed", "left"), [(None, 9.0), (5.0, 5.0), (6.0, 6.0), (4.0, None)])
def test_a_silent_connection_is_over_when_the_client_closes_its_side(half_closed, left):
    assert Connection(1, 0.0, ended=9.0, half_closed=half_closed).left(5.0) == left


@pytest.mark.parametrize("act", ["close", "reset", "hang-up"])
def test_how_a_connection_ended_is_kept(tmp_path, act):
    (connection,) = log_of(tmp_path, TWO, entry(1.0, "accept", 1), entry(2.0, act, 1)).connections
    assert (connection.ended, connection.how) == (2.0, act)


def test_lateness_counts_chunks_with_a_due_time_and_is_never_negative(tmp_path):
    log = log_of(
        tmp_path,
        TWO,
        entry(1.0, "accept", 1),
        entry(1.5, "send", 1, start=0, end=8, due=1.25),
        entry(1.6, "send", 1, start=8, end=16),
        entry(1.7, "send", 1, start=16, end=24, due=1.8),
    )
    assert log.lateness == [0.25, 0.0]


def test_a_line_cut_short_by_a_crash_is_left_out(tmp_path):
    log = log_of(tmp_path, TWO, entry(1.0, "accept", 1), entry(2.0, "close", 1)[:-1])
    assert [connection.ended for connection in log.connections] == [None]


def test_an_empty_log_is_valid(tmp_path):
    assert log_of(tmp_path, TWO) == SendLog()


@pytest.mark.parametrize(
    ("end", "at"), [(-1, None), (0, None), (1, 1.0), (8, 1.0), (9, 2.0), (12, 2.0), (13, 3.0), (20, 3.0), (21, None)]
)
def test_a_byte_was_sent_with_its_chunk_and_no_byte_after_the_last_chunk(end, at):
    assert Connection(1, 0.0, [8, 12, 20], [1.0, 2.0, 3.0]).sent_at(end) == at


def test_a_connection_that_sent_nothing_has_no_byte():
    assert Connection(1, 0.0).sent == 0
    assert Connection(1, 0.0).sent_at(1) is None
