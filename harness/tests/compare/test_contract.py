"""Every client of the checkout in every scenario, in both backends: as declared, exact to the byte, same on replay."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.paths import ROOT
from harness.record.run_folder import open_run
from harness.spec.client import discover
from harness.spec.scenario_file import discover as discover_scenarios

SECONDS = 900  # generous: a run takes about one minute, and may have to build first
CLIENTS = {default: [n for n, one in discover().items() if one.default == default] for default in (True, False)}
DEFAULT = [name for name, scenario in discover_scenarios().items() if scenario.default]


@dataclass(frozen=True)
class Run:
    """A finished `./lab compare --json`: its exit status, run.json, standard error, and folder."""

    status: int
    recorded: dict[str, Any]
    said: str
    folder: Path

    def cells(self, scenario: str) -> dict[str, Any]:
        """The cells of a scenario by client."""
        return {cell["client"]: cell for cell in self.recorded["cells"] if cell["scenario"] == scenario}


def compare(out: Path, *arguments: str) -> Run:
    done = subprocess.run(
        [str(ROOT / "lab"), "compare", "--json", "--out", str(out), *arguments],
        capture_output=True,
        timeout=SECONDS,
        cwd=ROOT,
    )
    said = done.stderr.decode()
    assert done.stdout, said
    recorded = json.loads(done.stdout)
    return Run(done.returncode, recorded, said, out / recorded["id"])


@pytest.fixture(scope="module", params=["local", "docker"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The default set in one backend."""
    if request.param == "docker":
        request.getfixturevalue("engine")
    # The contract is about bytes and order, not about the lateness of servers on a loaded machine.
    quick = ("--pace", "0.6", "--late-budget", "1000")
    return compare(tmp_path_factory.mktemp(request.param), "--backend", request.param, *quick)


def test_every_client_is_run_in_every_default_scenario_and_is_as_declared(run: Run, tmp_path: Path) -> None:
    judged = {(cell["client"], cell["scenario"]): cell for cell in run.recorded["cells"]}
    assert set(judged) == {(client, scenario) for client in CLIENTS[True] for scenario in DEFAULT}
    odd = {key for key, cell in judged.items() if not cell["expected"]}
    assert [key for key in odd if not as_declared(*key, run.recorded["provenance"]["backend"], tmp_path)] == [], (
        run.said
    )
    assert run.status == run.recorded["status"] == (1 if odd else 0)


def as_declared(client: str, scenario: str, backend: str, out: Path) -> bool:
    """Whether a client is as declared, at a slow pace: on a busy machine, a delayed client shows other traits."""
    alone = compare(out, "--backend", backend, "--clients", client, "--scenarios", scenario, "--late-budget", "1000")
    return alone.status == 0


@pytest.mark.parametrize("backend", ["local", "docker"])
def test_the_clients_by_name_only_are_as_declared_too(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if backend == "docker":
        request.getfixturevalue("engine")
    named = ("--clients", ",".join(CLIENTS[False]), "--pace", "0.5", "--late-budget", "1000")
    others = compare(tmp_path, "--backend", backend, *named)
    judged = {(cell["client"], cell["scenario"]): cell for cell in others.recorded["cells"]}
    assert set(judged) == {(client, scenario) for client in CLIENTS[False] for scenario in DEFAULT}
    odd = {key for key, cell in judged.items() if not cell["expected"]}
    assert [key for key in odd if not as_declared(*key, backend, tmp_path)] == [], others.said


def test_the_record_fits_its_schema_and_names_the_runtimes(run: Run) -> None:
    assert open_run(run.folder).run == run.recorded
    runtimes = run.recorded["provenance"]["runtimes"]
    assert set(runtimes) == {"python", "erlang", "haskell"}
    assert all(version[0].isdigit() for version in runtimes.values()), runtimes


def test_a_replay_gives_the_same_verdicts_axes_and_figures(run: Run, tmp_path: Path) -> None:
    again = compare(tmp_path, "--replay", str(run.folder))
    assert again.recorded == run.recorded, again.said
    assert again.status == run.status


def test_what_the_clients_printed_is_kept_byte_for_byte(run: Run) -> None:
    science = (ROOT / "poems" / "science.txt").read_bytes() + b"\n"
    for cell in run.cells("trio").values():
        assert science in (run.folder / cell["evidence"]["stdout"]).read_bytes()


def test_the_traits_that_the_seed_claims_are_measured(run: Run) -> None:
    trio = run.cells("trio")
    for name in ("python-twisted-inlinecallbacks", "erlang-processes", "haskell-announcing"):
        assert trio[name]["axes"]["connects"] == ["together"]
        assert trio[name]["metrics"]["order"] >= 0.8  # a delayed client reads several chunks at once
    assert trio["haskell-announcing"]["axes"]["grain"] == ["line"]
    assert trio["erlang-processes"]["axes"]["grain"] == ["read"]
    assert trio["haskell-lazy"]["axes"]["delivery"] == ["streams"]
    assert trio["python-blocking"]["axes"]["connects"] == ["in-turn"]


@pytest.mark.parametrize("backend", ["local", "docker"])
def test_a_crowd_of_a_thousand_is_served_whole_to_every_client_that_can_wait_for_so_many(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if backend == "docker":
        request.getfixturevalue("engine")
    # Most clients in one backend only, because a crowd needs the same of them in both.
    clients = CLIENTS[True] if backend == "docker" else ["erlang-processes", "haskell-announcing", *CLIENTS[False]]
    chosen = ("--clients", ",".join(clients), "--scenarios", "crowd")
    crowd = compare(tmp_path, "--backend", backend, *chosen, "--pace", "0.4", "--late-budget", "5000")
    assert crowd.status == 0, crowd.said
    cells = crowd.cells("crowd")
    assert set(cells) == set(clients)
    left_out = {"python-blocking": "sequential", "python-threads": "declared"}
    for name in left_out.keys() & cells.keys():
        cell = cells.pop(name)
        assert (cell["verdict"], cell["reason"]["code"]) == ("unsupported", left_out[name])
    for cell in cells.values():
        assert cell["axes"]["bytes"] == ["exact"]
        assert cell["metrics"]["max_open"] == 1000


OF_EACH_LANGUAGE = ("--backend", "local", "--clients", "python-twisted-inlinecallbacks,erlang-processes,haskell-lazy")


def test_a_server_that_falls_silent_is_given_up_by_clients_of_every_language(tmp_path: Path) -> None:
    stall = compare(tmp_path, *OF_EACH_LANGUAGE, "--scenarios", "stall", "--pace", "2", "--late-budget", "1000")
    assert stall.status == 0, stall.said
    for cell in stall.cells("stall").values():
        assert (cell["axes"]["truncation"], cell["axes"]["isolation"]) == (["noticed"], ["kept"])
        assert 2.0 <= round(cell["metrics"]["gave_up_s"], 2) <= 3.0
    again = compare(tmp_path, "--replay", str(stall.folder))
    assert again.recorded == stall.recorded


def test_clients_of_every_language_get_poems_whole_that_come_in_odd_ways(tmp_path: Path) -> None:
    named = (
        "--scenarios",
        "cut-short,tiny,empty,crlf,late,many-down,half-close,comeback",
        "--pace",
        "0.3",
        "--late-budget",
        "1000",
    )
    odd = compare(tmp_path, *OF_EACH_LANGUAGE, *named)
    assert odd.status == 0, odd.said
    assert {cell["verdict"] for cell in odd.recorded["cells"]} == {"pass"}


@pytest.mark.usefixtures("engine")
def test_a_flood_shows_which_clients_read_all_poems_at_once(tmp_path: Path) -> None:
    # In containers, because the claims' own run has a flood in the local backend.
    one_by_one = {"python-blocking", "haskell-lazy"}
    chosen = {"python-asyncio", "erlang-processes", "haskell-announcing", *one_by_one}
    flood = compare(
        tmp_path,
        *("--backend", "docker", "--clients", ",".join(sorted(chosen)), "--scenarios", "flood"),
        *("--pace", "0.5", "--late-budget", "5000"),
    )
    assert flood.status == 0, flood.said
    reads = {name: cell["axes"]["reads"] for name, cell in flood.cells("flood").items()}
    # On a busy machine the slow poem can end before a client has read the 40 MB that prove it.
    assert {name for name, values in reads.items() if "all-at-once" in values} == chosen - one_by_one
    assert {name for name, values in reads.items() if values == ["one-at-a-time"]} == one_by_one
    shutil.rmtree(flood.folder)  # 300 MB


def test_two_rounds_are_taken_in_turn_with_a_rotating_start(tmp_path: Path) -> None:
    names = "python-asyncio,python-blocking"
    rounds = compare(
        tmp_path,
        *("--backend", "local", "--clients", names, "--scenarios", "burst", "--rounds", "2"),
        *("--pace", "0.2", "--late-budget", "1000"),
    )
    turns = [(cell["round"], cell["client"]) for cell in rounds.recorded["cells"]]
    assert turns == [(1, "python-asyncio"), (1, "python-blocking"), (2, "python-blocking"), (2, "python-asyncio")]


def test_the_same_seed_gives_the_same_schedules_and_another_seed_others(tmp_path: Path) -> None:
    def playbill(seed: int) -> str:
        seeded = compare(
            tmp_path,
            *("--backend", "local", "--clients", "python-asyncio", "--scenarios", "trio", "--pace", "0.1"),
            *("--seed", str(seed), "--late-budget", "1000"),
        )
        return (seeded.folder / "scenarios" / "trio.playbill").read_text()

    first = playbill(7)
    assert first == playbill(7)
    assert first != playbill(8)
