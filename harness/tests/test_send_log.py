"""Reading a send log: which connection is whose, what was sent when, and how late."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from evidence_maker import DOWN, PEAR, ROSE, TYGER, scenario, server

from harness.scenario import Scenario
from harness.send_log import Connection, SendLog, read_send_log

TWO = scenario(server(ROSE, 8, 0.1), DOWN, server(TYGER, 8, 0.1))
SHARED = scenario(server(ROSE, 8, 0.1), server(PEAR, 8, 0.1), tasks=4)


def entry(t: float, act: str, who: int, conn: int = 1, **more: float) -> str:
    return json.dumps({"t": t, "act": act, "server": who, "conn": conn, **more}) + "\n"


def log_of(tmp_path: Path, made: Scenario, *lines: str) -> SendLog:
    path = tmp_path / "send-log.ndjson"
    path.write_text("".join(lines), "utf-8")
    return read_send_log(path, made)


def test_a_connection_is_the_task_of_its_server(tmp_path):
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
    third = Connection(3, 1.0, [8, 12], [1.2, 1.3], 1.5, "close", half_closed=1.4)
    assert log.connections == [third, Connection(1, 1.1)]
    assert log.of_task(3) == third
    assert log.of_task(2) is None


def test_connections_stand_in_the_order_of_their_accepts(tmp_path):
    log = log_of(tmp_path, TWO, entry(2.0, "accept", 1), entry(1.0, "accept", 3))
    assert [connection.task for connection in log.connections] == [3, 1]


def test_tasks_that_share_a_server_are_dealt_in_the_order_of_the_accepts(tmp_path):
    lines = [entry(conn + who / 10, "accept", who, conn) for conn in (1, 2, 3) for who in (1, 2)]
    log = log_of(tmp_path, SHARED, *lines)
    assert [connection.task for connection in log.connections] == [1, 2, 3, 4, None, None]


def test_a_second_connection_to_a_server_of_one_task_is_nobodys(tmp_path):
    log = log_of(tmp_path, TWO, entry(1.0, "accept", 1, 1), entry(2.0, "accept", 1, 2))
    assert [connection.task for connection in log.connections] == [1, None]
    assert log.of_task(1) == Connection(1, 1.0)


@pytest.mark.parametrize("act", ["close", "reset", "hang-up"])
def test_how_a_connection_ended_is_kept(tmp_path, act):
    (connection,) = log_of(tmp_path, TWO, entry(1.0, "accept", 1), entry(2.0, act, 1)).connections
    assert (connection.ended, connection.how) == (2.0, act)


def test_lateness_counts_chunks_with_a_due_time_and_never_below_nought(tmp_path):
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


def test_an_empty_log_is_a_log(tmp_path):
    assert log_of(tmp_path, TWO) == SendLog()


@pytest.mark.parametrize(
    ("end", "at"), [(-1, None), (0, None), (1, 1.0), (8, 1.0), (9, 2.0), (12, 2.0), (13, 3.0), (20, 3.0), (21, None)]
)
def test_a_byte_was_sent_with_its_chunk_and_no_byte_beyond_the_last(end, at):
    assert Connection(1, 0.0, [8, 12, 20], [1.0, 2.0, 3.0]).sent_at(end) == at


def test_a_connection_that_sent_nothing_has_no_byte():
    assert Connection(1, 0.0).sent == 0
    assert Connection(1, 0.0).sent_at(1) is None
