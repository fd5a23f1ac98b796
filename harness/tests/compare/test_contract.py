"""Every default client in every default scenario and both backends: as declared, to the byte, the same on replay."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract_run import CLIENTS, DEFAULT, Run, as_declared, compare

from harness.paths import ROOT
from harness.record.run_folder import open_run


@pytest.fixture(scope="module", params=["local", "docker"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The default set in one backend."""
    if request.param == "docker":
        request.getfixturevalue("engine")
    # The contract is about bytes and order; how late a loaded machine's servers are is not.
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


def test_the_traits_that_the_seed_claims_can_be_read_off(run: Run) -> None:
    trio = run.cells("trio")
    for name in ("python-twisted-inlinecallbacks", "erlang-processes", "haskell-announcing"):
        assert trio[name]["axes"]["connects"] == ["together"]
        assert trio[name]["metrics"]["order"] >= 0.8  # what waits to be read while a client is held up comes at once
    assert trio["haskell-announcing"]["axes"]["grain"] == ["line"]
    assert trio["erlang-processes"]["axes"]["grain"] == ["read"]
    assert trio["haskell-lazy"]["axes"]["delivery"] == ["streams"]
    assert trio["python-blocking"]["axes"]["connects"] == ["in-turn"]
