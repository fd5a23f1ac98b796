"""The axes: for each value, evidence that earns it, and evidence that only just does not."""

from __future__ import annotations

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
    told,
)

from harness.judge import axes
from harness.judge.axes import reporting, waiting
from harness.judge.axes.printing import DELIVERY, ORDER
from harness.record.evidence import Evidence
from harness.spec.scenario import ONE_READ

HONEST = evidence(TRIO)
DONE = {task: HONEST.done(task) or 0.0 for task in (1, 2, 3)}
ONE = scenario(server(ROSE, 8, 0.1))
BURST = scenario(server(ROSE, 999, 1.2), server(TYGER, 999, 0.8), server(PEAR, 999, 0.4))


def shows(axis: str, made: Evidence) -> tuple[str, ...]:
    return axes.AXES[axis].observe(made)


def printing(times: dict[int, float]) -> Evidence:
    return evidence(TRIO, stdout=printed(TRIO, times))


def test_an_honest_client_shows_one_value_on_every_axis_that_the_scenario_touches():
    shown = {axis: values for axis, values in axes.observe(HONEST).items() if values}
    traits = {"connects": ["together"], "grain": ["read"], "flush": ["live"], "delivery": ["each"]}
    assert shown == {**traits, "order": ["completion"], "bytes": ["exact"], "progress": ["exact"], "exit": ["true"]}


def test_one_byte_of_one_poem_makes_the_bytes_differ():
    data = [(at, poem.replace(b"worm", b"word")) for at, poem in printed(TRIO, DONE)]
    assert shows("bytes", evidence(TRIO, stdout=data)) == ("differs",)


def test_connects_in_turn_is_never_two_open_at_once_be_it_for_a_moment():
    accepts = in_turn(TRIO)
    assert shows("connects", evidence(TRIO, accepts=accepts)) == ("in-turn",)
    accepts[2] = START + TRIO.servers[0].seconds
    assert shows("connects", evidence(TRIO, accepts=accepts)) == ("in-turn",)
    accepts[2] -= 0.001
    assert shows("connects", evidence(TRIO, accepts=accepts)) == ("partly",)


def test_connects_together_needs_every_accept_before_the_first_end():
    first_end = START + TRIO.servers[1].seconds
    accepts = {1: START, 2: START, 3: first_end - 0.001}
    assert shows("connects", evidence(TRIO, accepts=accepts)) == ("together",)
    assert shows("connects", evidence(TRIO, accepts={**accepts, 3: first_end + 0.001})) == ("partly",)


def test_connects_is_partly_where_a_server_was_never_called():
    assert shows("connects", evidence(TRIO, accepts={1: START, 2: START})) == ("partly",)


def test_connects_is_open_where_one_server_listens_or_none_was_called():
    assert shows("connects", evidence(ONE)) == waiting.CONNECTS
    assert shows("connects", evidence(ONE_DOWN)) == waiting.CONNECTS
    assert shows("connects", evidence(TRIO, accepts={})) == waiting.CONNECTS
    assert waiting.max_open(evidence(TRIO, accepts={})) == 0


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
    assert shows("grain", evidence(RESET, stderr=lines)) == ("read", "line", "poem")


def test_reports_are_live_up_to_a_quarter_of_the_time_that_the_servers_sent_in():
    span = max(DONE.values()) - HONEST.sightings.sent.min()
    assert shows("flush", evidence(TRIO, stderr=told(HONEST, lag=0.24 * span))) == ("live",)
    assert shows("flush", evidence(TRIO, stderr=told(HONEST, lag=0.26 * span))) == ("held-back",)


def test_flush_is_held_back_where_all_reports_come_at_the_end():
    lines = [(max(DONE.values()) + LAG, line) for _, line in told(HONEST)]
    assert shows("flush", evidence(TRIO, stderr=lines)) == ("held-back",)


def test_flush_is_open_where_the_chunks_come_too_close_and_untouched_without_reports():
    assert shows("flush", evidence(scenario(server(ROSE, 8, 0.01)))) == reporting.FLUSH
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
    assert shows("delivery", printing(dict.fromkeys((2, 3, 1), last))) == ("at-end",)


def test_delivery_by_arguments_is_open_where_the_first_argument_is_the_last_to_be_done():
    last = max(evidence(BURST).done(task) or 0.0 for task in (1, 2, 3))
    stdout = printed(BURST, {1: last + 0.001, 2: last + 0.002, 3: last + 0.003})
    assert set(shows("delivery", evidence(BURST, stdout=stdout))) == {"streams", "at-end", "each"}


def test_delivery_is_open_for_a_single_poem_and_where_nothing_was_printed():
    assert set(shows("delivery", evidence(ONE))) == {"at-end", "each"}
    assert shows("delivery", evidence(TRIO, stdout=[])) == DELIVERY


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
    for second, order in [(1.045, "completion"), (1.055, "other")]:
        made = scenario(server(ROSE, 999, 1.0), server(TYGER, 999, second), server(PEAR, 999, 1.1))
        stdout = printed(made, {2: START + 2, 1: START + 3, 3: START + 4})
        assert shows("order", evidence(made, stdout=stdout)) == (order,)


def test_order_is_open_for_a_single_poem_and_where_tasks_share_a_server():
    assert shows("order", evidence(ONE)) == ORDER
    assert shows("order", evidence(scenario(*TRIO.servers, tasks=4))) == ORDER


def test_a_poem_that_waits_in_socket_buffers_tells_neither_order_nor_delivery():
    # The servers have sent the large poem whole after 0.5 s; a client on a busy machine reads it until all is over.
    shown = {}
    for size in (ONE_READ, ONE_READ + 1):
        made = scenario(TRIO.servers[0], server(b"x" * size, size, 0.5))
        last = evidence(made).last_done
        stdout = printed(made, {1: last + LAG, 2: last + 2 * LAG})
        shown[size] = [set(shows(axis, evidence(made, stdout=stdout))) for axis in ("delivery", "order")]
    assert shown[ONE_READ] == [{"each", "at-end"}, {"arguments", "reverse-completion"}]
    assert shown[ONE_READ + 1] == [{"each", "at-end"}, set(ORDER)]
    # Both were due early, so only the small one can say that the client waited for the end of all.
    for size, delivery in ((ONE_READ, {"at-end", "streams"}), (ONE_READ + 1, {"each", "at-end", "streams"})):
        made = scenario(server(b"x" * size, size, 0.5), TRIO.servers[0])
        last = evidence(made).last_done
        stdout = printed(made, {1: last + LAG, 2: last + 2 * LAG})
        assert set(shows("delivery", evidence(made, stdout=stdout))) == delivery


def test_a_connection_that_never_ended_counts_as_open():
    made = evidence(TRIO, accepts=in_turn(TRIO))
    for connection in made.log.connections:
        connection.ended = None
    assert waiting.max_open(made) == 3


def test_two_servers_are_enough_to_tell_how_a_client_connects():
    two = scenario(*TRIO.servers[:2])
    assert shows("connects", evidence(two)) == ("together",)
    assert shows("connects", evidence(two, accepts={1: START})) == waiting.CONNECTS


def test_lines_of_one_poem_and_reads_of_another_are_reads():
    lines, reads = told(HONEST, "line"), told(HONEST)
    mixed = [piece for piece in lines if b"Task 1" in piece[1]] + [
        piece for piece in reads if b"Task 1" not in piece[1]
    ]
    assert shows("grain", evidence(TRIO, stderr=sorted(mixed))) == ("read",)


def test_one_poem_whose_chunks_end_elsewhere_tells_the_grains_apart():
    poems = scenario(server(ROSE, 999, 0.5), server(TYGER, 7, 0.1))
    assert shows("grain", evidence(poems, stderr=told(evidence(poems), "poem"))) == ("poem",)
    lines = scenario(server(b"abc\n" * 5, 4, 0.1), server(TYGER, 7, 0.1))
    assert shows("grain", evidence(lines, stderr=told(evidence(lines), "line"))) == ("line",)


def test_a_poem_whose_chunks_come_at_nearly_the_same_time_may_be_one_read():
    for delay, grain in ((0.02, ("read", "poem")), (0.04, ("poem",))):  # four chunks, the last after three delays
        made = scenario(server(TYGER, 15, delay))
        assert shows("grain", evidence(made, stderr=told(evidence(made), "poem"))) == grain


def test_two_poems_are_enough_to_tell_the_order():
    two = scenario(*TRIO.servers[:2])
    assert shows("order", evidence(two)) == ("completion",)
    assert shows("order", evidence(two, stdout=printed(two, {1: START + 2, 2: START + 2}))) == (
        "arguments",
        "reverse-completion",
    )


def test_an_empty_poem_has_a_delivery_too():
    made = scenario(server(b"", 1, 0.1), server(ROSE, 8, 0.1))
    assert "each" in shows("delivery", evidence(made))
