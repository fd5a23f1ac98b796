"""The axes that touch failures, progress and the exit status: what earns each value, and what only just does not."""

from __future__ import annotations

import pytest
from evidence_maker import ONE_DOWN, RESET, ROSE, START, TRIO, TYGER, evidence, got, scenario, server, told

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
