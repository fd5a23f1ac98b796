"""Every default client in every default scenario, in both backends: as declared, exact to the byte, same on replay."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract_run import CLIENTS, DEFAULT, Run, blamed, compare

from harness.paths import ROOT
from harness.record.run_folder import open_run


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
    assert blamed(run, tmp_path) == [], run.said
    assert run.status == run.recorded["status"]
    assert (run.status == 0) == all(cell["expected"] for cell in judged.values())


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
