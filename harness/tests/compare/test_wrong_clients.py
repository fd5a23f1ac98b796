"""Clients that are wrong in one way each, and the lab's word on them, from `./lab compare` to its exit status."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from known_wrong import UNDER_CONDITIONS
from lab_process import LAB, QUICK, SECONDS, WRONG, Ended, alive, compare, lab

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
# Where it matters what comes first, or in time; the others are hurried.
PACE = {**dict.fromkeys(TIMED, 1.5), "burst": 1}
IN_CONTAINERS = ("sequential", "swallows-reset", "dies", "escapes", "not-found", "not-executable")


def told(ended: Ended) -> tuple[Any, ...]:
    """What the lab said: its exit status, and of the cell verdict, reason code and whether it was expected."""
    cell = ended.cell
    return ended.status, cell["verdict"], cell["reason"]["code"], cell["expected"]


@pytest.mark.parametrize(
    "scenarios", [("trio", "accents", "one-down", "reset"), ("burst",), TIMED], ids=("quick", "burst", "timed")
)
def test_the_client_that_the_wrong_ones_differ_from_does_as_declared(
    scenarios: tuple[str, ...], tmp_path: Path
) -> None:
    ended = compare(tmp_path, "--scenarios", ",".join(scenarios), *pace(scenarios[0]))
    judged = {
        cell["scenario"]: (cell["verdict"], cell["reason"]["code"], cell["expected"]) for cell in ended.run["cells"]
    }
    assert (ended.status, judged) == (0, dict.fromkeys(scenarios, ("pass", "as-declared", True)))


def pace(scenario: str) -> tuple[object, ...]:
    """Room between what is due in time and the end of the others, on a busy machine too."""
    return ("--pace", PACE[scenario]) if scenario in PACE else ()


@pytest.fixture(scope="module")
def caught_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ended]:
    """One run for all clients that a scenario is to catch."""

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


def test_a_client_that_hangs_is_ended_and_told_where_it_stopped(backend: str, tmp_path: Path) -> None:
    ended = compare(tmp_path, "--scenarios", "accents", client="hangs", backend=backend)
    assert told(ended) == (1, "timeout", "killed-at-limit", False)
    assert "its last report was byte 50 of 305 of poem 1 (automne)" in ended.cell["reason"]["sentence"]


# What wait4 says of a child counts its parent's memory before the exec: here that of a small parent, not pytest's.
PEAK = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


def test_a_flood_is_stopped_and_does_not_fill_the_labs_memory(backend: str, tmp_path: Path) -> None:
    options = ("--scenarios", "accents", "--backend", backend, "--out", tmp_path, *QUICK)
    command = [sys.executable, "-c", PEAK, LAB, "compare", "--client", WRONG / "floods", *options]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 1
    assert "too-much-stdout" in done.stdout
    kilobytes = int(done.stdout.rsplit(None, 1)[1])
    assert 10_000 < kilobytes < 200_000
    assert sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file()) < 20_000_000


def test_a_client_that_takes_too_much_memory_is_told_so(tmp_path: Path, engine: object) -> None:
    ended = compare(tmp_path, "--scenarios", "accents", client="devours", backend="docker")
    assert told(ended) == (1, "crash", "out-of-memory", False)


@pytest.mark.parametrize("client", ["escapes", "refuses"])
def test_what_a_client_prints_never_acts_on_the_terminal(client: str, tmp_path: Path) -> None:
    options = ("--scenarios", "accents", "--backend", "local", "--out", tmp_path, *QUICK)
    table = lab("compare", "--client", WRONG / client, *options)
    record = compare(tmp_path, "--scenarios", "accents", client=client)
    for text in (table.stdout, table.stderr, record.stdout, record.stderr):
        assert all(character == "\n" or character.isprintable() for character in text)
    assert r"\x1b" in table.stdout


@pytest.mark.parametrize("client", ["leaves-children", "hides-children"])
def test_what_a_client_leaves_running_is_counted_and_ended(client: str, tmp_path: Path) -> None:
    ended = compare(tmp_path, "--scenarios", "accents", client=client)
    assert told(ended) == (0, "pass", "as-declared", True)
    assert ended.cell["left_behind"] == 1
    [stderr] = tmp_path.glob("*/cells/twisted/accents/*/1/stderr")
    [line] = [line for line in stderr.read_text().splitlines() if line.startswith("child ")]
    assert not alive(int(line.removeprefix("child ")))


def test_a_client_that_calls_again_has_the_poem_of_a_server_that_came_back(tmp_path: Path) -> None:
    ended = compare(tmp_path, "--scenarios", "comeback", "--pace", 1, client="calls-again")
    assert told(ended) == (0, "pass", "as-declared", True)
    assert ended.cell["exit_status"] == 0  # and the honest one, which does not, ends with 1
    assert lab("compare", "--replay", *tmp_path.iterdir(), "--json").stdout == ended.stdout


def test_a_known_failure_that_fails_as_declared_is_expected(tmp_path: Path) -> None:
    ended = compare(tmp_path, "--scenarios", "reset", client="known-to-swallow")
    assert told(ended) == (0, "fail", "truncation-swallowed", True)
    assert "it is here to do so" in ended.cell["reason"]["sentence"]


def test_a_late_server_is_the_labs_own_fault_after_three_attempts(tmp_path: Path) -> None:
    options = ("--scenarios", "accents", "--backend", "local", "--out", tmp_path, "--json", "--pace", "0.3")
    ended = lab("compare", "--client", WRONG / "honest", *options, "--late-budget", "0.001")
    assert told(ended) == (4, "lab-error", "servers-late", False)
    assert ended.cell["attempt"] == 3
