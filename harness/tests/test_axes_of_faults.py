"""The axes that touch failures, progress and the exit status: what earns each value, and what only just does not."""

from __future__ import annotations

import pytest
from evidence_maker import (
    ONE_DOWN,
    RESET,
    ROSE,
    STALL,
    START,
    TRIO,
    TYGER,
    evidence,
    got,
    in_turn,
    play,
    scenario,
    server,
    told,
)

from harness import axes
from harness.backend import Exit
from harness.evidence import Evidence

HONEST = evidence(TRIO)


def shows(axis: str, made: Evidence) -> tuple[str, ...]:
    return axes.AXES[axis](made)


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
