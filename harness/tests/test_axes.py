"""The axes: for each value, evidence that earns it, and evidence that only just does not."""

from __future__ import annotations

import dataclasses

import pytest
from evidence_maker import (
    LAG,
    ONE_DOWN,
    PEAR,
    RESET,
    ROSE,
    START,
    TRIO,
    TYGER,
    evidence,
    got,
    in_turn,
    printed,
    scenario,
    server,
    together,
    told,
)

from harness import axes
from harness.backend import Exit
from harness.evidence import Evidence

HONEST = evidence(TRIO)
DONE = {task: HONEST.done(task) or 0.0 for task in (1, 2, 3)}
ONE = scenario(server(ROSE, 8, 0.1))
BURST = scenario(server(ROSE, 999, 1.2), server(TYGER, 999, 0.8), server(PEAR, 999, 0.4))


def shows(axis: str, made: Evidence) -> tuple[str, ...]:
    return axes.AXES[axis](made)


def printing(times: dict[int, float]) -> Evidence:
    return evidence(TRIO, stdout=printed(TRIO, times))


def test_an_honest_client_shows_one_value_on_every_axis_that_the_scenario_touches():
    assert axes.observe(HONEST) == {
        "bytes": ["exact"],
        "connects": ["together"],
        "grain": ["read"],
        "flush": ["live"],
        "delivery": ["each"],
        "order": ["completion"],
        "isolation": [],
        "truncation": [],
        "failures": [],
        "progress": ["exact"],
        "exit": ["true"],
    }


def test_one_byte_of_one_poem_makes_the_bytes_differ():
    data = [(at, poem.replace(b"worm", b"word")) for at, poem in printed(TRIO, DONE)]
    assert shows("bytes", evidence(TRIO, stdout=data)) == ("differs",)


def test_connects_in_turn_is_never_two_open_at_once():
    made = evidence(TRIO, accepts=in_turn(TRIO))
    assert shows("connects", made) == ("in-turn",)
    assert axes.max_open(made) == 1


def test_an_accept_at_the_very_moment_of_the_last_end_is_still_in_turn():
    first_end = START + TRIO.servers[0].seconds
    made = evidence(scenario(*TRIO.servers[:2]), accepts={1: START, 2: first_end})
    assert shows("connects", made) == ("in-turn",)


def test_connects_together_needs_every_accept_before_the_first_end():
    first_end = START + TRIO.servers[1].seconds
    accepts = {1: START, 2: START, 3: first_end - 0.001}
    assert shows("connects", evidence(TRIO, accepts=accepts)) == ("together",)
    assert shows("connects", evidence(TRIO, accepts={**accepts, 3: first_end + 0.001})) == ("partly",)


def test_connects_is_partly_where_a_server_was_never_called():
    assert shows("connects", evidence(TRIO, accepts={1: START, 2: START})) == ("partly",)


def test_connects_is_open_where_one_server_listens_or_none_was_called():
    assert shows("connects", evidence(ONE)) == axes.CONNECTS
    assert shows("connects", evidence(ONE_DOWN)) == axes.CONNECTS
    assert shows("connects", evidence(TRIO, accepts={})) == axes.CONNECTS
    assert axes.max_open(evidence(TRIO, accepts={})) == 0


@pytest.mark.parametrize("grain", ["read", "line", "poem"])
def test_the_grain_is_what_one_report_covers(grain):
    assert shows("grain", evidence(TRIO, stderr=told(HONEST, grain))) == (grain,)


def test_a_client_without_reports_is_silent_also_where_it_says_other_things():
    assert shows("grain", evidence(TRIO, stderr=[(START, b"hello\n")])) == ("silent",)


def test_two_lines_in_one_report_are_not_the_grain_of_lines():
    first = [i + 1 for i, byte in enumerate(ROSE) if byte == 10]
    sizes = [first[1], first[2] - first[1], first[3] - first[2]]
    lines = [(START + 9, got(1, size)) for size in sizes]
    assert shows("grain", evidence(ONE, stderr=lines)) == ("read",)


def test_a_poem_in_two_reports_is_not_the_grain_of_poems():
    whole = [(START + 9, got(1, len(ROSE))), (START + 9, got(2, len(TYGER)))]
    lines = [*whole, (START + 9, got(3, len(PEAR) - 1)), (START + 9, got(3, 1))]
    assert shows("grain", evidence(TRIO, stderr=lines)) == ("read",)


def test_a_last_line_without_its_newline_counts_as_a_line():
    made = scenario(server(b"one\ntwo and", 3, 0.1))
    assert shows("grain", evidence(made, stderr=[(START + 9, got(1, 4)), (START + 9, got(1, 7))])) == ("line",)


def test_grains_are_not_told_apart_where_chunks_and_poems_or_lines_end_together():
    assert shows("grain", evidence(BURST)) == ("read", "poem")
    lines = scenario(server(b"abc\n" * 5, 4, 0.1))
    assert shows("grain", evidence(lines)) == ("read", "line")


def test_reports_of_a_failed_address_alone_leave_the_grain_open():
    lines = [piece for piece in told(evidence(RESET)) if piece[1].startswith(b"Task 2")]
    assert lines
    assert shows("grain", evidence(RESET, stderr=lines)) == axes.GRAIN


def test_reports_are_live_up_to_a_quarter_of_the_time_that_the_servers_sent_in():
    span = max(DONE.values()) - min(s.sent for s in HONEST.sightings)
    assert shows("flush", evidence(TRIO, stderr=told(HONEST, lag=0.24 * span))) == ("live",)
    assert shows("flush", evidence(TRIO, stderr=told(HONEST, lag=0.26 * span))) == ("held-back",)


def test_flush_is_held_back_where_all_reports_come_at_the_end():
    lines = [(max(DONE.values()) + LAG, line) for _, line in told(HONEST)]
    assert shows("flush", evidence(TRIO, stderr=lines)) == ("held-back",)


def test_flush_is_open_where_the_chunks_come_too_close_and_untouched_without_reports():
    assert shows("flush", evidence(scenario(server(ROSE, 8, 0.01)))) == axes.FLUSH
    assert shows("flush", evidence(TRIO, stderr=[])) == ()
    assert shows("flush", evidence(TRIO, accepts={})) == ()


def test_a_poem_on_its_way_out_before_its_last_byte_was_sent_streams():
    early = {**DONE, 1: DONE[1] - 0.01}
    assert shows("delivery", printing(early)) == ("streams",)
    assert shows("delivery", printing(DONE)) == ("each",)


def test_the_first_pieces_of_a_poem_count_for_streaming():
    halves = [(START + 0.5, ROSE[:8]), (DONE[1], ROSE[8:] + b"\n")]
    stdout = [*halves, *printed(TRIO, {2: DONE[1], 3: DONE[1]})]
    assert shows("delivery", evidence(TRIO, stdout=stdout)) == ("streams",)


def test_delivery_is_each_as_long_as_one_poem_came_before_the_last_was_done():
    last = max(DONE.values())
    assert shows("delivery", printing({1: last, 2: last - 0.001, 3: last})) == ("each",)
    assert shows("delivery", printing(dict.fromkeys(DONE, last))) == ("at-end",)


def test_delivery_by_arguments_is_open_where_the_first_argument_is_the_last_to_be_done():
    last = max(evidence(BURST).done(task) or 0.0 for task in (1, 2, 3))
    stdout = printed(BURST, {1: last + 0.001, 2: last + 0.002, 3: last + 0.003})
    assert set(shows("delivery", evidence(BURST, stdout=stdout))) == {"streams", "at-end", "each"}


def test_delivery_is_open_for_a_single_poem_and_where_nothing_was_printed():
    assert set(shows("delivery", evidence(ONE))) == {"at-end", "each"}
    assert shows("delivery", evidence(TRIO, stdout=[])) == axes.DELIVERY


def test_the_part_of_a_poem_that_failed_does_not_stream_where_it_is_printed_after_the_failure():
    made = evidence(RESET)
    stdout = [(made.last_done + LAG, TYGER[:35] + b"\n" + ROSE + b"\n")]
    assert shows("delivery", evidence(RESET, stdout=stdout)) == ("at-end",)


@pytest.mark.parametrize(
    ("tasks", "order"),
    [
        ((1, 2, 3), "arguments"),
        ((2, 3, 1), "completion"),
        ((1, 3, 2), "reverse-completion"),
        ((3, 1, 2), "other"),
        ((3, 2, 1), "other"),
    ],
)
def test_the_order_of_the_poems_is_told(tasks, order):
    last = max(DONE.values())
    assert shows("order", printing({task: last + i * LAG for i, task in enumerate(tasks)})) == (order,)


def test_poems_done_at_about_the_same_time_may_come_in_either_order():
    near = scenario(server(ROSE, 999, 1.0), server(TYGER, 999, 1.015), server(PEAR, 999, 1.1))
    last = START + 2
    either = evidence(near, stdout=printed(near, {2: last, 1: last + 1, 3: last + 2}))
    assert shows("order", either) == ("completion",)
    apart = scenario(server(ROSE, 999, 1.0), server(TYGER, 999, 1.025), server(PEAR, 999, 1.1))
    assert shows("order", evidence(apart, stdout=either_pieces(apart))) == ("other",)


def either_pieces(made):
    return printed(made, {2: START + 2, 1: START + 3, 3: START + 4})


def test_order_is_open_for_a_single_poem_and_where_tasks_share_a_server():
    assert shows("order", evidence(ONE)) == axes.ORDER
    assert shows("order", evidence(scenario(*TRIO.servers, tasks=4))) == axes.ORDER


@pytest.mark.parametrize("made", [ONE_DOWN, RESET])
def test_isolation_is_kept_where_the_others_arrive_and_lost_where_one_lacks_a_byte(made):
    assert shows("isolation", evidence(made)) == ("kept",)
    assert shows("isolation", evidence(made, stdout=[(START + 9, ROSE[:-1] + b"\n")])) == ("lost",)
    assert shows("isolation", evidence(made, stdout=[])) == ("lost",)


def test_a_reset_is_noticed_by_its_line_or_by_the_status_and_else_swallowed():
    assert shows("truncation", evidence(RESET, failures=[2], status=0)) == ("noticed",)
    assert shows("truncation", evidence(RESET, failures=[], status=1)) == ("noticed",)
    assert shows("truncation", evidence(RESET, failures=[], status=0)) == ("swallowed",)
    assert shows("truncation", evidence(RESET, failures=[1], status=0)) == ("swallowed",)
    assert shows("truncation", evidence(ONE_DOWN, failures=[], status=0)) == ()


@pytest.mark.parametrize(
    ("failures", "value"), [([2], "named"), ([], "unnamed"), ([1], "unnamed"), ([1, 2], "unnamed")]
)
def test_just_the_addresses_that_failed_must_be_named(failures, value):
    assert shows("failures", evidence(ONE_DOWN, failures=failures)) == (value,)


def test_a_failure_line_where_none_failed_names_a_wrong_one():
    assert shows("failures", evidence(TRIO, failures=[3])) == ("unnamed",)


@pytest.mark.parametrize(
    ("more", "value"),
    [([], "exact"), ([got(1, 1)], "wrong"), ([got(4, 1)], "wrong"), ([got(0, 1)], "wrong"), ([got(3, 0)], "exact")],
)
def test_progress_is_exact_where_the_numbers_add_up_to_the_poems(more, value):
    lines = [*told(HONEST), *((START + 9, line) for line in more)]
    assert shows("progress", evidence(TRIO, stderr=lines)) == (value,)


def test_progress_is_wrong_where_a_report_is_lost():
    assert shows("progress", evidence(TRIO, stderr=told(HONEST)[:-1])) == ("wrong",)


def test_progress_of_a_poem_that_failed_may_stop_short_but_not_go_beyond():
    honest = told(evidence(RESET))
    assert shows("progress", evidence(RESET, stderr=honest)) == ("exact",)
    assert shows("progress", evidence(RESET, stderr=[*honest, (START + 9, got(2, len(TYGER)))])) == ("wrong",)


@pytest.mark.parametrize(
    ("made", "status", "value"),
    [(TRIO, 0, "true"), (TRIO, 1, "false"), (ONE_DOWN, 1, "true"), (ONE_DOWN, 0, "false"), (RESET, 3, "false")],
)
def test_the_exit_status_is_one_exactly_where_an_address_failed(made, status, value):
    assert shows("exit", evidence(made, status=status)) == (value,)


def test_a_signal_is_no_true_exit():
    assert shows("exit", evidence(TRIO, exit_=Exit(None, signal=9))) == ("false",)


def test_the_peak_of_open_connections_is_found():
    accepts = together(TRIO)
    accepts[3] = START + TRIO.servers[1].seconds + 0.01
    assert axes.max_open(evidence(TRIO, accepts=accepts)) == 2
    assert axes.max_open(HONEST) == 3


def test_a_connection_that_never_ended_counts_as_open():
    for connection in (made := evidence(TRIO, accepts=in_turn(TRIO))).log.connections:
        connection.ended = None
    assert axes.max_open(made) == 3
    assert shows("connects", dataclasses.replace(made)) == ("together",)
