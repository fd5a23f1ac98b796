"""Clients that never end: who is one, and that a check of one is over soon and names what it left out."""

from __future__ import annotations

from typing import Any

import pytest
from lab_process import lab

from harness.check.endless import Endless, own_doing
from harness.spec.scenario_file import discover


def cell(scenario: str, verdict: str = "timeout", **more: Any) -> dict[str, Any]:
    stopped = "timeout" if verdict != "pass" else None
    return {"scenario": scenario, "verdict": verdict, "stopped": stopped, "attempt": 1, **more}


@pytest.mark.parametrize(
    ("cells", "given_up"),
    [
        ([cell("accents"), cell("crlf")], True),
        ([cell("accents"), cell("stall"), cell("sigterm")], False),  # it hangs where a failure is due
        ([cell("accents"), cell("crlf"), cell("trio", "pass")], False),
        ([cell("accents"), cell("crlf", "fail", stopped="too-much-stdout")], True),
        # It may be the lab's fault; not if it ran alone.
        ([cell("accents", "lab-error"), cell("crlf", "lab-error")], False),
        ([cell("accents", "lab-error", attempt=2), cell("crlf", "lab-error", attempt=2)], True),
        ([cell("accents", "lab-error", stopped=None, attempt=2), cell("crlf")], False),
    ],
)
def test_a_client_that_never_ends_is_not_run_to_the_end(cells: list[dict[str, Any]], given_up: bool) -> None:
    endless = Endless(discover().values())
    why = endless.hopeless(cells)
    assert (why is not None) == given_up
    assert endless.postpone(cells) or not given_up
    assert why is None or why.sentence.endswith("where nothing goes wrong")


def test_only_a_client_that_ran_alone_is_blamed_for_what_the_lab_could_have_caused() -> None:
    hung = cell("trio", "lab-error")
    assert own_doing({**hung, "attempt": 2}) and not own_doing(hung)


def test_a_check_of_one_stops_after_two_scenarios_and_names_the_rest() -> None:
    ended = lab("check", "--jobs", 2, "--no-install", "--", "tail", "-f", "/dev/null")
    assert ended.status == 1, ended
    marks = [line.split()[0] for line in ended.stdout.splitlines() if line.startswith(("FAIL ", "left out "))]
    assert (marks.count("FAIL"), marks.count("left")) == (2, 11), ended.stdout
    assert "left out   command line: no arguments" in ended.stdout
    assert "To run what was left out:\n  ./lab check --scenarios one-down," in ended.stdout


def test_while_one_of_two_scenarios_may_still_show_what_a_client_is_nothing_more_of_it_begins() -> None:
    endless = Endless(discover().values())
    assert endless.hold([cell("long")])
    assert not endless.hold([cell("long"), cell("burst", "pass")])
    assert not endless.hold([cell("long", "pass")]) and not endless.hold([cell("reset")])
