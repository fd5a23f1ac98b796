"""Clients that are each wrong in one way: the lab's verdicts on them, and what `./lab check` tells of the same runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from check_process import Checked
from known_wrong import CAUGHT, CHARACTERS, OTHERWISE, TOLD, UNDER_CONDITIONS
from lab_process import QUICK, WRONG, Ended, compare, lab

from harness.check.expect import OPTION, expected
from harness.check.program import exit_status as check_status
from harness.check.program import explanations
from harness.check.text import Checked as Text
from harness.judge.exit_status import exit_status
from harness.record.run_folder import RunFolder, open_run
from harness.spec.client import SUFFIX

TIMED = ("stall", "steady", "pause", "half-close", "no-answer", "slow-connect", "comeback")
# Scenarios in which order or time matters run so slowly that a busy machine does not change the verdict.
PACE = {**dict.fromkeys((*TIMED, "trio", "burst"), 1.5), "flood": 1}
TRIES = 8
IN_CONTAINERS = ("sequential", "swallows-reset", "dies", "escapes", "not-found", "not-executable")

Caught = Callable[[str, str], tuple[Ended, RunFolder]]


def told(ended: Ended) -> tuple[Any, ...]:
    """The lab's exit status, and the cell's verdict, its reason code and whether it was expected."""
    cell = ended.cell
    return ended.status, cell["verdict"], cell["reason"]["code"], cell["expected"]


@pytest.fixture(scope="module")
def caught_in(tmp_path_factory: pytest.TempPathFactory) -> Caught:
    """The run that has judged a client in a scenario, and its folder.

    It is one run of the honest client and all that the scenario should catch or show.  On a busy machine the lab may
    say that it cannot judge one of them, which then has a run of its own.
    """

    def run(scenario: str, *names: str) -> tuple[Ended, RunFolder]:
        out = tmp_path_factory.mktemp(scenario)
        clients = [word for name in names for word in ("--client", WRONG / name)]
        at = ("--pace", PACE[scenario], *QUICK[2:]) if scenario in PACE else QUICK
        ended = lab("compare", *clients, "--backend", "local", "--out", out, "--json", "--scenarios", scenario, *at)
        return ended, open_run(out / ended.run["id"])

    @cache
    def together(scenario: str) -> tuple[Ended, RunFolder]:
        wrong = dict.fromkeys(case[0] for case in (*CAUGHT, *CHARACTERS) if case[1] == scenario)
        return run(scenario, "honest", *wrong)

    @cache
    def judged(client: str, scenario: str) -> tuple[Ended, RunFolder]:
        found = together(scenario)
        for _ in range(TRIES):
            if cell_of(client, found[0])["verdict"] != "lab-error":
                break
            found = run(scenario, client)
        return found

    return judged


def cell_of(client: str, ended: Ended) -> dict[str, Any]:
    """The only cell of a client."""
    [cell] = [cell for cell in ended.run["cells"] if cell["client"] == client]
    return dict(cell)


@pytest.mark.parametrize("scenario", ("trio", "accents", "one-down", "reset", "burst", *TIMED))
def test_the_honest_client_behaves_as_declared(scenario: str, caught_in: Caught) -> None:
    ended, _ = caught_in("honest", scenario)
    cell = cell_of("honest", ended)
    assert (cell["verdict"], cell["reason"]["code"], cell["expected"]) == ("pass", "as-declared", True)
    assert ended.status == exit_status(ended.run["cells"])


@pytest.mark.parametrize(("client", "scenario", "verdict", "code"), CAUGHT, ids=["-".join(case[:2]) for case in CAUGHT])
def test_a_wrong_client_is_caught(client: str, scenario: str, verdict: str, code: str, caught_in: Caught) -> None:
    ended, _ = caught_in(client, scenario)
    cell = cell_of(client, ended)
    assert (ended.status, cell["verdict"], cell["reason"]["code"], cell["expected"]) == (1, verdict, code, False)


@pytest.mark.parametrize(
    ("client", "scenario", "verdict", "code"),
    [case for case in CAUGHT if case[0] in IN_CONTAINERS],
    ids=lambda value: value if value in IN_CONTAINERS else "",
)
def test_a_wrong_client_in_a_container_is_caught(
    client: str, scenario: str, verdict: str, code: str, tmp_path: Path, engine: object
) -> None:
    ended = compare(tmp_path, "--scenarios", scenario, client=client, backend="docker")
    assert told(ended) == (1, verdict, code, False)


def checked(folder: RunFolder, client: str, wanted: str = "", *, everything: bool) -> Checked:
    """What `./lab check` says of one client of the run; `everything` as with `--all`, `wanted` as with `--expect`."""
    mine = {
        **folder.run,
        "cells": [cell for cell in folder.run["cells"] if cell["client"] == client],
        "clients": [one for one in folder.run["clients"] if one["name"] == client],
        "options": {**folder.run["options"], **({OPTION: expected(wanted)} if wanted else {})},
    }
    run = RunFolder(folder.path, mine)
    # A check declares no traits, so one that differs from the manifest's is no failure.
    text = Text(mine, "runs/ID", explanations(run), [], everything=everything).text()
    return Checked(check_status(run), text, "")


@pytest.mark.parametrize(("client", "scenario", "code", "facts"), TOLD, ids=["-".join(case[:2]) for case in TOLD])
def test_a_breach_of_the_contract_is_explained(
    client: str, scenario: str, code: str, facts: list[str], caught_in: Caught
) -> None:
    told = checked(caught_in(client, scenario)[1], client, everything=True)
    assert told.status == 1, told
    [(heading, section)] = told.sections.items()
    assert heading.endswith(f", {code}")
    for fact in facts:
        assert fact in section
    assert f"scenario harness/spec/scenarios/{scenario}.toml" in section
    assert all(character == "\n" or character.isprintable() for character in told.stdout)


@pytest.mark.parametrize(("client", "scenario", "character"), CHARACTERS, ids=[case[0] for case in CHARACTERS])
def test_what_a_client_is_like_is_told_and_is_no_fault(
    client: str, scenario: str, character: str, caught_in: Caught
) -> None:
    told = checked(caught_in(client, scenario)[1], client, everything=True)
    assert (told.status, told.sections) == (0, {}), told
    assert f"{character}:" in [" ".join(line.split()[:2]).rstrip(":") + ":" for line in told.stdout.splitlines()]


@pytest.mark.parametrize(("client", "wanted", "scenario", "advice"), OTHERWISE, ids=[case[0] for case in OTHERWISE])
def test_a_trait_that_is_not_as_expected_is_told_with_what_to_do(
    client: str, wanted: str, scenario: str, advice: str, caught_in: Caught
) -> None:
    told = checked(caught_in(client, scenario)[1], client, wanted, everything=False)
    assert told.status == 1, told
    [(heading, section)] = told.sections.items()
    code = "order-not-as-sent" if client == "reorders" else f"trait-{wanted.split('=')[0]}"
    assert heading == f"{scenario}: not as expected, {code}"
    assert f"Expected: {wanted} (" in section and advice in section
    assert "[ you connected" in section, "the picture"
    assert f"FAIL       {wanted}: " in told.stdout


def test_every_wrong_client_has_its_test() -> None:
    one_by_one = {
        *("flaky", "calls-again", "hangs", "floods", "devours", "known-to-swallow"),
        *("leaves-children", "hides-children"),
        "uses-select",  # with its exercise
        "gives-way",  # beside another program
    }
    elsewhere = {"honest", *one_by_one, *(name for clients in UNDER_CONDITIONS.values() for name in clients)}
    names = {path.name.removesuffix(SUFFIX) for path in WRONG.rglob(f"*{SUFFIX}")}
    assert names == {case[0] for case in CAUGHT} | elsewhere
    # Of these `check` tells nothing of their own: it has no such scenario, or they only keep or break a declaration.
    untold = {"reads-in-turn", "gives-up-all", "no-timeout", "waits-for-reset", "mended", "reorders"}
    assert {case[0] for case in CAUGHT} == {case[0] for case in (*TOLD, *CHARACTERS)} | untold
