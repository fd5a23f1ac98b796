"""A thousand poems at once, and one that no socket holds, for every client that can wait for them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from contract_run import CLIENTS, compare


@pytest.mark.parametrize("backend", ["local", "docker"])
def test_a_crowd_of_a_thousand_is_served_whole_to_every_client_that_can_wait_for_so_many(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if backend == "docker":
        request.getfixturevalue("engine")
    # Most in one backend only: what a crowd asks of them is the same in both.
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


@pytest.mark.usefixtures("engine")
def test_a_flood_shows_who_reads_all_poems_at_once(tmp_path: Path) -> None:
    # In containers; the claims' own run has a flood in the local backend.
    one_by_one = {"python-blocking", "haskell-lazy"}
    chosen = {"python-asyncio", "erlang-processes", "haskell-announcing", *one_by_one}
    flood = compare(
        tmp_path,
        *("--backend", "docker", "--clients", ",".join(sorted(chosen)), "--scenarios", "flood"),
        *("--pace", "0.5", "--late-budget", "5000"),
    )
    assert flood.status == 0, flood.said
    reads = {name: cell["axes"]["reads"] for name, cell in flood.cells("flood").items()}
    # On a busy machine the slow poem can be over before a client has the 40 MB that prove it.
    assert {name for name, values in reads.items() if "all-at-once" in values} == chosen - one_by_one
    assert {name for name, values in reads.items() if values == ["one-at-a-time"]} == one_by_one
    shutil.rmtree(flood.folder)  # 300 MB
