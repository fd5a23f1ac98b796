"""Clients that are each wrong in one way: the lab's verdicts on them, and what `./lab check` tells of the same runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from check_process import Checked
from known_wrong import CAUGHT, CHARACTERS, OTHERWISE, TOLD, UNDER_CONDITIONS
from lab_process import WRONG, Ended, compare

from harness.check.expect import OPTION, expected
from harness.check.program import exit_status, explanations
from harness.check.text import Checked as Text
from harness.record.run_folder import RunFolder, open_run
from harness.spec.client import SUFFIX

TIMED = ("stall", "steady", "pause", "half-close", "no-answer", "slow-connect", "comeback")
# Scenarios in which order or time matters run at this pace; the others run faster.
PACE = {**dict.fromkeys((*TIMED, "trio", "burst"), 1.5), "flood": 1}
TRIES = 3
IN_CONTAINERS = ("sequential", "swallows-reset", "dies", "escapes", "not-found", "not-executable")

Caught = Callable[[str], tuple[Ended, RunFolder]]


def told(ended: Ended) -> tuple[Any, ...]:
    """The lab's exit status, and the cell's verdict, its reason code and whether it was expected."""
    cell = ended.cell
    return ended.status, cell["verdict"], cell["reason"]["code"], cell["expected"]


def pace(scenario: str) -> tuple[object, ...]:
    """The pace of a scenario: slow enough that a busy machine does not change the verdict."""
    return ("--pace", PACE[scenario]) if scenario in PACE else ()


@pytest.fixture(scope="module")
def caught_in(tmp_path_factory: pytest.TempPathFactory) -> Caught:
    """One run of the honest client and all that the scenario should catch or show, and its folder."""

    @cache
    def run(scenario: str) -> tuple[Ended, RunFolder]:
        wrong = dict.fromkeys(case[0] for case in (*CAUGHT, *CHARACTERS) if case[1] == scenario)
        more = [word for name in wrong for word in ("--client", WRONG / name)]
        for _ in range(TRIES):
            out = tmp_path_factory.mktemp(scenario)
            ended = compare(out, *more, "--scenarios", scenario, *pace(scenario))
            # On a busy machine the lab may say that it cannot judge.
            if not any(cell["verdict"] == "lab-error" for cell in ended.run["cells"]):
                break
        folder = out / ended.run["id"]
        return ended, open_run(folder)

    return run


@pytest.mark.parametrize("scenario", ("trio", "accents", "one-down", "reset", "burst", *TIMED))
def test_the_honest_client_behaves_as_declared(scenario: str, caught_in: Caught) -> None:
    ended, _ = caught_in(scenario)
    [cell] = [cell for cell in ended.run["cells"] if cell["client"] == "honest"]
    assert (cell["verdict"], cell["reason"]["code"], cell["expected"]) == ("pass", "as-declared", True)
    assert ended.status == (1 if any(case[1] == scenario for case in CAUGHT) else 0)


@pytest.mark.parametrize(("client", "scenario", "verdict", "code"), CAUGHT, ids=["-".join(case[:2]) for case in CAUGHT])
def test_a_wrong_client_is_caught(client: str, scenario: str, verdict: str, code: str, caught_in: Caught) -> None:
    ended, _ = caught_in(scenario)
    [cell] = [cell for cell in ended.run["cells"] if cell["client"] == client]
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
    return Checked(exit_status(run), text, "")


@pytest.mark.parametrize(("client", "scenario", "code", "facts"), TOLD, ids=["-".join(case[:2]) for case in TOLD])
def test_a_breach_of_the_contract_is_explained(
    client: str, scenario: str, code: str, facts: list[str], caught_in: Caught
) -> None:
    told = checked(caught_in(scenario)[1], client, everything=True)
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
    told = checked(caught_in(scenario)[1], client, everything=True)
    assert (told.status, told.sections) == (0, {}), told
    assert f"{character}:" in [" ".join(line.split()[:2]).rstrip(":") + ":" for line in told.stdout.splitlines()]


@pytest.mark.parametrize(("client", "wanted", "scenario", "advice"), OTHERWISE, ids=[case[0] for case in OTHERWISE])
def test_a_trait_that_is_not_as_expected_is_told_with_what_to_do(
    client: str, wanted: str, scenario: str, advice: str, caught_in: Caught
) -> None:
    told = checked(caught_in(scenario)[1], client, wanted, everything=False)
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
    }
    elsewhere = {"honest", *one_by_one, *(name for clients in UNDER_CONDITIONS.values() for name in clients)}
    names = {path.name.removesuffix(SUFFIX) for path in WRONG.rglob(f"*{SUFFIX}")}
    assert names == {case[0] for case in CAUGHT} | elsewhere
    # Of these `check` tells nothing of their own: it has no such scenario, or they only keep or break a declaration.
    untold = {"reads-in-turn", "gives-up-all", "no-timeout", "waits-for-reset", "mended", "reorders"}
    assert {case[0] for case in CAUGHT} == {case[0] for case in (*TOLD, *CHARACTERS)} | untold
