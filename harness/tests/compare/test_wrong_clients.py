"""Clients that are each wrong in one way, and the lab's verdicts on them, from `./lab compare` to its exit status."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from known_wrong import UNDER_CONDITIONS
from lab_process import WRONG, Ended, compare

from harness.spec.client import SUFFIX

CAUGHT = [
    ("sequential", "trio", "pass", "trait-connects"),
    ("concurrent", "trio", "pass", "trait-connects"),
    ("holds-reports", "trio", "pass", "trait-flush"),
    ("holds-poems", "burst", "pass", "trait-delivery"),
    ("does-not-stream", "trio", "pass", "trait-delivery"),
    ("wrong-order", "burst", "pass", "trait-order"),
    ("by-lines", "trio", "pass", "trait-grain"),
    ("reorders", "trio", "pass", "order-not-as-sent"),
    ("reads-in-turn", "flood", "pass", "trait-reads"),
    ("mended", "accents", "pass", "known-failure-passes"),
    ("swallows-reset", "reset", "fail", "truncation-swallowed"),
    ("all-is-well", "one-down", "fail", "exit-lies"),
    ("cries-wolf", "accents", "fail", "exit-lies"),
    ("status-three", "accents", "fail", "exit-lies"),
    ("names-nobody", "one-down", "fail", "failure-not-named"),
    ("names-innocent", "accents", "fail", "failure-not-named"),
    ("drops-byte", "accents", "fail", "bytes-missing"),
    ("doubles-byte", "accents", "fail", "bytes-extra"),
    ("mixes-poems", "accents", "fail", "poems-mixed"),
    ("decodes-chunks", "accents", "fail", "bytes-differ"),
    ("loses-others", "one-down", "fail", "others-lost"),
    ("miscounts", "accents", "fail", "progress-wrong"),
    ("refuses", "accents", "fail", "refused-arguments"),
    ("reconnects", "accents", "fail", "too-many-connections"),
    ("escapes", "accents", "fail", "bytes-differ"),
    ("waits-for-ever", "stall", "timeout", "killed-at-limit"),
    ("gives-up-all", "stall", "fail", "others-lost"),
    ("swallows-stall", "stall", "fail", "truncation-swallowed"),
    ("holds-the-line", "stall", "fail", "gave-up-late"),
    ("impatient", "stall", "fail", "gave-up-early"),
    ("counts-from-the-start", "steady", "fail", "gave-up-early"),
    ("no-timeout", "stall", "fail", "refused-arguments"),
    ("waits-for-ever", "pause", "fail", "gave-up-late"),
    ("impatient", "pause", "fail", "gave-up-early"),
    ("swallows-stall", "pause", "fail", "truncation-swallowed"),
    ("dawdles", "no-answer", "fail", "gave-up-late"),
    ("names-nobody", "comeback", "fail", "failure-not-named"),
    ("swallows-reset", "comeback", "fail", "truncation-swallowed"),
    ("holds-the-line", "half-close", "fail", "left-open"),
    ("waits-for-reset", "half-close", "timeout", "killed-at-limit"),
    ("dies", "accents", "crash", "died-by-signal"),
    ("not-found", "accents", "build-failed", "not-startable"),
    ("not-executable", "accents", "build-failed", "not-startable"),
]
TIMED = ("stall", "steady", "pause", "half-close", "no-answer", "slow-connect", "comeback")
# Scenarios in which order or time matters run at this pace; the others run faster.
PACE = {**dict.fromkeys(TIMED, 1.5), "burst": 1, "flood": 1, "trio": 0.6}
IN_CONTAINERS = ("sequential", "swallows-reset", "dies", "escapes", "not-found", "not-executable")


def told(ended: Ended) -> tuple[Any, ...]:
    """The lab's exit status, and the cell's verdict, its reason code and whether it was expected."""
    cell = ended.cell
    return ended.status, cell["verdict"], cell["reason"]["code"], cell["expected"]


@pytest.mark.parametrize(
    "scenarios", [("trio", "accents", "one-down", "reset"), ("burst",), TIMED], ids=("quick", "burst", "timed")
)
def test_the_honest_client_behaves_as_declared(scenarios: tuple[str, ...], tmp_path: Path) -> None:
    ended = compare(tmp_path, "--scenarios", ",".join(scenarios), *pace(scenarios[0]))
    judged = {
        cell["scenario"]: (cell["verdict"], cell["reason"]["code"], cell["expected"]) for cell in ended.run["cells"]
    }
    assert (ended.status, judged) == (0, dict.fromkeys(scenarios, ("pass", "as-declared", True)))


def pace(scenario: str) -> tuple[object, ...]:
    """The pace of a scenario: slow enough that a busy machine does not change the verdict."""
    return ("--pace", PACE[scenario]) if scenario in PACE else ()


@pytest.fixture(scope="module")
def caught_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ended]:
    """One run of all clients that the scenario should catch."""

    @cache
    def run(scenario: str) -> Ended:
        first, *others = [case[0] for case in CAUGHT if case[1] == scenario]
        more = [word for name in others for word in ("--client", WRONG / name)]
        return compare(tmp_path_factory.mktemp(scenario), *more, "--scenarios", scenario, *pace(scenario), client=first)

    return run


@pytest.mark.parametrize(("client", "scenario", "verdict", "code"), CAUGHT, ids=["-".join(case[:2]) for case in CAUGHT])
def test_a_wrong_client_is_caught(
    client: str, scenario: str, verdict: str, code: str, caught_in: Callable[[str], Ended]
) -> None:
    ended = caught_in(scenario)
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


def test_every_wrong_client_has_its_test() -> None:
    elsewhere = {
        "honest",
        "flaky",
        "calls-again",
        "hangs",
        "floods",
        "devours",
        "known-to-swallow",
        "leaves-children",
        "hides-children",
    }
    elsewhere |= {name for clients in UNDER_CONDITIONS.values() for name in clients}
    names = {path.name.removesuffix(SUFFIX) for path in WRONG.rglob(f"*{SUFFIX}")}
    assert names == {case[0] for case in CAUGHT} | elsewhere
