"""The axes that touch failures, progress and the exit status: what earns each value, and what only just does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evidence_maker import (
    COMEBACK,
    HALF_CLOSE,
    NO_ANSWER,
    ONE_DOWN,
    PAUSE,
    RESET,
    ROSE,
    ROSE_SERVER,
    STALL,
    START,
    TRIO,
    TYGER,
    TYGER_SERVER,
    evidence,
    got,
    in_turn,
    play,
    scenario,
    server,
    told,
)

from harness.backend import Exit
from harness.judge import axes
from harness.record.evidence import Evidence
from harness.record.send_log import Connection, SendLog
from harness.spec.scenario import Server

HONEST = evidence(TRIO)


def shows(axis: str, made: Evidence) -> tuple[str, ...]:
    return axes.AXES[axis].observe(made)


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


def test_a_stall_is_noticed_as_a_reset_is():
    part = [(START + 1.1, TYGER[:35] + b"\n"), (START + 1.5, ROSE + b"\n")]
    assert shows("truncation", evidence(STALL, stdout=part, failures=[], status=0)) == ("swallowed",)
    assert shows("truncation", evidence(STALL, stdout=part, failures=[1], status=1)) == ("noticed",)
    assert shows("bytes", evidence(STALL, stdout=part)) == ("exact",)


def test_what_is_printed_of_a_poem_that_broke_off_is_told_from_nothing():
    whole = (START + 2, ROSE + b"\n")
    for made in (RESET, STALL):
        assert shows("cut_poem", evidence(made)) == ("not-printed",)
        assert shows("cut_poem", evidence(made, stdout=[(START + 1.1, TYGER[:35] + b"\n"), whole])) == ("part-printed",)
        assert shows("cut_poem", evidence(made, stdout=[(START + 1.1, b"T\n"), whole])) == ("part-printed",)
        assert shows("cut_poem", evidence(made, stdout=[(START + 1.1, b"\n"), whole])) == ("not-printed",)
        assert shows("cut_poem", evidence(made, stdout=[])) == ()  # nor is the other poem there: nothing is clear
    assert shows("cut_poem", evidence(ONE_DOWN)) == shows("cut_poem", HONEST) == ()


def hung_up(after: float, **made) -> Evidence:
    """A client that hangs up so long after the last byte of the poem that stalls."""
    log = play(STALL)
    connection = log.of_task(1)
    connection.ended = connection.last + after
    return evidence(STALL, log=log, **made)


@pytest.mark.parametrize(
    ("after", "value"),
    [(0.5, "in-time"), (0.4, "early"), (0.494, "early"), (0.496, "in-time"), (0.74, "in-time"), (0.76, "late")],
)
def test_a_client_gives_up_in_time_where_it_hangs_up_when_its_patience_is_over(after, value):
    assert shows("giving_up", hung_up(after)) == (value,)


def test_giving_up_is_untouched_where_nobody_did_or_the_lab_ended_it():
    assert shows("giving_up", HONEST) == shows("giving_up", evidence(RESET)) == ()
    assert shows("giving_up", hung_up(9.0, stopped="timeout")) == ()
    silent = scenario(server(TYGER, 7, 0.1, stall_after=0), patience=0.5)
    log = play(silent)
    log.of_task(1).ended = START + 0.3  # connected before the server accepted: no byte tells when
    assert shows("giving_up", evidence(silent, log=log)) == ("in-time",)


def left_pause(at: float, how: str = "hang-up", **made) -> Evidence:
    """A client that leaves a server which pauses so long after the last byte before that."""
    log = play(PAUSE)
    connection = log.of_task(1)
    connection.half_closed, connection.how = (None, how) if how == "close" else (connection.last + at, how)
    connection.ended = connection.last + 2.2
    return evidence(PAUSE, log=log, **made)


@pytest.mark.parametrize(("after", "value"), [(0.5, "in-time"), (0.4, "early"), (0.74, "in-time"), (0.76, "late")])
def test_a_pause_that_is_too_long_is_given_up_as_a_stall_is(after, value):
    assert shows("giving_up", left_pause(after)) == (value,)


def test_who_waits_a_pause_out_gives_up_late_and_swallows_nothing():
    waited = left_pause(9.0, how="close", failures=[], status=0)
    assert shows("giving_up", waited) == ("late",)
    assert shows("truncation", waited) == ()
    assert shows("truncation", left_pause(0.5, failures=[], status=0)) == ("swallowed",)


def test_a_client_that_had_ended_its_side_before_the_silence_cannot_be_seen_to_leave():
    assert shows("giving_up", left_pause(-0.3)) == ()


def test_a_pause_within_the_patience_is_no_fault():
    assert evidence(scenario(*PAUSE.servers, patience=3.0)).faults == {}
    assert evidence(scenario(*PAUSE.servers)).faults == {}
    assert evidence(PAUSE).faults == {1: "pause"}


def test_a_client_that_waits_in_turn_leaves_a_pause_before_the_server_can_tell():
    accepts = in_turn(PAUSE)
    assert accepts[2] < play(PAUSE, accepts).of_task(1).ended
    assert shows("connects", evidence(PAUSE, accepts=accepts)) == ("in-turn",)


@pytest.mark.parametrize(
    ("ended", "value"), [(0.5, "in-time"), (1.31, "in-time"), (1.33, "left-open"), (None, "left-open")]
)
def test_a_connection_is_left_open_that_is_kept_until_all_the_others_are_done(ended, value):
    log = play(HALF_CLOSE)
    log.of_task(1).ended = None if ended is None else START + ended
    assert shows("giving_up", evidence(HALF_CLOSE, log=log)) == (value,)
    assert shows("giving_up", evidence(HALF_CLOSE, log=log, stopped="timeout")) == ()


def test_a_server_that_ends_its_side_near_the_end_of_all_tells_nothing():
    near = scenario(server(TYGER, 7, 0.12, half_close=True), ROSE_SERVER)
    log = play(near)
    log.of_task(1).ended = None
    assert shows("giving_up", evidence(near, log=log)) == ()


def unanswered(at: float, **made) -> Evidence:
    """A client that says so long after its first call that it was not answered."""
    pieces = [*told((NO_ANSWER, play(NO_ANSWER))), (START + at, b"Task 1: failed: timed out (127.0.0.1:10001)\n")]
    return evidence(NO_ANSWER, stderr=sorted(pieces), failures=[], **made)


@pytest.mark.parametrize(
    ("at", "value"), [(0.5, "in-time"), (0.19, "early"), (0.2, "in-time"), (0.74, "in-time"), (0.76, "late")]
)
def test_who_is_not_answered_gives_up_by_its_own_word(at, value):
    # It cannot have called before it was started, 0.3 s before the servers saw its first call.
    assert shows("giving_up", unanswered(at)) == (value,)


def test_the_word_of_who_holds_all_reports_back_is_not_of_its_time():
    last = START + 9
    lines = [(last, line) for _, line in told((NO_ANSWER, play(NO_ANSWER)))]
    silent = [(last, b"Task 1: failed: timed out (127.0.0.1:10001)\n")]
    assert shows("giving_up", evidence(NO_ANSWER, stderr=[*lines, *silent], failures=[])) == ()
    assert shows("giving_up", evidence(NO_ANSWER, stderr=silent, failures=[])) == ("late",)


def test_the_word_of_who_tells_of_failures_when_all_poems_have_ended_is_not_of_its_time():
    # As a client does that waits for all of its tasks, and then looks at what became of each.
    slow = scenario(Server(full=True), server(TYGER, 7, 0.5), patience=0.5)
    end = play(slow).of_task(2).ended - START
    assert end > 1

    def silent(at: float) -> Evidence:
        line = (START + at, b"Task 1: failed: timed out (127.0.0.1:10001)\n")
        return evidence(slow, stderr=[line], failures=[], ended=START + 9)

    assert shows("giving_up", silent(end + 0.1)) == ()
    assert shows("giving_up", silent(end - 0.2)) == ("late",)
    assert shows("giving_up", silent(end + 0.4)) == ("late",)


def test_no_answer_is_a_fault_that_breaks_no_poem_off():
    made = unanswered(0.5)
    assert made.faults == {1: "unanswered"}
    assert (shows("isolation", made), shows("truncation", made)) == (("kept",), ())
    assert shows("exit", evidence(NO_ANSWER, failures=[], status=0)) == ("false",)
    assert shows("giving_up", evidence(NO_ANSWER, failures=[])) == ()  # it never said so


def called_again(*more: Connection) -> SendLog:
    log = play(COMEBACK)
    return SendLog([*log.connections, *more])


def back(accepted: float, how: str = "close") -> Connection:
    """A connection to the server that came back; the whole poem, or a part of it."""
    size = len(TYGER) if how == "close" else 30
    return Connection(2, accepted, [30, size], [accepted + 0.1, accepted + 0.2], accepted + 0.3, how, server=2)


def test_a_server_that_dies_has_reset_the_task_and_one_that_is_called_later_has_not():
    assert evidence(COMEBACK).faults == {2: "reset"}
    assert evidence(COMEBACK, accepts=in_turn(COMEBACK)).faults == {}
    assert evidence(COMEBACK, accepts={1: START}).faults == {2: "refused"}


def test_who_calls_again_gets_what_there_is_to_be_had():
    assert evidence(COMEBACK, log=called_again(back(START + 1))).faults == {}
    assert evidence(COMEBACK, log=called_again(back(START + 1, "reset"))).faults == {2: "reset"}


def test_who_calls_again_after_a_reset_may_tell_of_the_same_bytes_again():
    log = play(RESET)
    again = Connection(None, START + 1, [35], [START + 1.1], START + 1.2, "reset", server=2)
    lines = sorted([*told((RESET, play(RESET))), (START + 1.2, got(2, 35))])
    assert shows("progress", evidence(RESET, log=SendLog([*log.connections, again]), stderr=lines)) == ("exact",)
    assert shows("progress", evidence(RESET, log=log, stderr=lines)) == ("wrong",)


def test_what_is_told_of_a_poem_called_for_twice_is_not_added_up():
    log = called_again(back(START + 1))
    lines = sorted([*told((COMEBACK, play(COMEBACK))), (START + 1.2, got(2, len(TYGER)))])
    twice = evidence(COMEBACK, log=log, stderr=lines)
    assert twice.called_again == {2}
    assert (shows("progress", twice), shows("bytes", twice), shows("exit", twice)) == (
        ("exact",),
        ("exact",),
        ("true",),
    )
    assert set(twice.sightings.tasks.tolist()) == {1}


@pytest.mark.parametrize("accepts", [None, {1: START}])
def test_who_is_refused_by_a_dead_server_calls_together_as_the_others_do(accepts):
    assert "together" in shows("connects", evidence(COMEBACK, accepts=accepts))


def test_who_calls_again_does_not_call_in_another_way():
    assert shows("connects", evidence(COMEBACK, log=called_again(back(START + 1)))) == ("together",)


def test_a_call_that_is_answered_late_was_made_when_it_was_made():
    late = scenario(replace(TYGER_SERVER, opens=0.5), server(ROSE, 30, 0.1))
    log = play(late, {1: START + 1.0, 2: START})
    log.of_task(1).knocked = START + 0.01
    assert shows("connects", evidence(late, log=log)) == ("together",)
    log.of_task(1).knocked = START + 0.9
    assert shows("connects", evidence(late, log=log)) == ("in-turn",)


def test_a_stalled_poem_is_done_when_the_patience_is_over_whenever_the_server_hears_of_it():
    for made in (hung_up(0.5), hung_up(2.0)):
        assert made.done(1) == pytest.approx(made.log.of_task(1).last + 0.5)


def test_a_connection_that_the_client_broke_is_over_before_the_servers_see_it():
    accepts = in_turn(STALL)
    log = play(STALL, accepts)
    log.of_task(1).ended = accepts[2] + 0.001  # stamped in another process, after the accept of the next
    assert shows("connects", evidence(STALL, log=log)) == ("in-turn",)


@pytest.mark.parametrize(
    ("failures", "value"), [([2], "named"), ([], "unnamed"), ([1], "unnamed"), ([1, 2], "unnamed")]
)
def test_just_the_addresses_that_failed_must_be_named(failures, value):
    assert shows("failures", evidence(ONE_DOWN, failures=failures)) == (value,)
    assert shows("failures", evidence(TRIO, failures=failures)) == (("unnamed",) if failures else ())


@pytest.mark.parametrize(
    ("more", "value"),
    [([], "exact"), ([got(1, 1)], "wrong"), ([got(4, 1)], "wrong"), ([got(0, 1)], "wrong"), ([got(3, 0)], "exact")],
)
def test_progress_is_exact_where_the_numbers_add_up_to_the_poems(more, value):
    lines = [*told(HONEST), *((START + 9, line) for line in more)]
    assert shows("progress", evidence(TRIO, stderr=lines)) == (value,)
    assert shows("progress", evidence(TRIO, stderr=lines[1:])) == ("wrong",)


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
    assert shows("exit", evidence(made, exit_=Exit(None, signal=9))) == ("false",)


def test_every_reset_must_be_noticed_and_not_one_of_them():
    twice = scenario(server(ROSE, 8, 0.1, reset_after=20), server(TYGER, 7, 0.1, reset_after=20))
    assert shows("truncation", evidence(twice, failures=[1, 2], status=0)) == ("noticed",)
    assert shows("truncation", evidence(twice, failures=[2], status=0)) == ("swallowed",)


def test_isolation_is_untouched_where_nothing_failed_or_everything_did():
    assert shows("isolation", HONEST) == ()
    assert shows("isolation", evidence(scenario(RESET.servers[1]))) == ()
