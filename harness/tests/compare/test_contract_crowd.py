"""Hundreds of poems at once, and a poem larger than socket buffers, for every client that can wait for them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from contract_run import CLIENTS, compare

# Each client in one of the backends, because a crowd needs the same of it in both, and each language in both.
IN_CONTAINERS = [
    "python-twisted-async-await",
    "python-twisted-deferredlist",
    "python-twisted-inlinecallbacks",
    "erlang-argument-order",
    "haskell-lazy",
]
CROWD = 600  # tasks; more of them cost more and show nothing else


@pytest.mark.parametrize("backend", ["local", "docker"])
def test_a_crowd_is_served_whole_to_every_client_that_can_wait_for_so_many(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if backend == "docker":
        request.getfixturevalue("engine")
    every = [*CLIENTS[True], *CLIENTS[False]]
    clients = [name for name in every if (name in IN_CONTAINERS) == (backend == "docker")]
    chosen = ("--clients", ",".join(clients), "--scenarios", "crowd")
    fewer = ("--tasks", str(CROWD), "--pace", "0.4", "--late-budget", "5000")
    crowd = compare(tmp_path, "--backend", backend, *chosen, *fewer)
    assert crowd.blamed == [], crowd.said
    cells = crowd.cells("crowd")
    assert set(cells) == set(clients)
    left_out = {"python-blocking": "sequential", "python-threads": "declared"}
    for name in left_out.keys() & cells.keys():
        cell = cells.pop(name)
        assert (cell["verdict"], cell["reason"]["code"]) == ("unsupported", left_out[name])
    for cell in cells.values():
        assert cell["axes"]["bytes"] == ["exact"]
        assert cell["metrics"]["max_open"] == CROWD


def test_a_flood_shows_which_clients_read_all_poems_at_once(tmp_path: Path) -> None:
    # The claims' own run has a flood of clients that read all at once.
    clients = ["python-asyncio", "python-blocking"]
    chosen = ("--backend", "local", "--clients", ",".join(clients), "--scenarios", "flood")
    flood = compare(tmp_path, *chosen, "--pace", "0.5", "--late-budget", "5000")
    assert flood.blamed == [], flood.said
    reads = {name: cell["axes"]["reads"] for name, cell in flood.cells("flood").items()}
    # Both are declared, so that nobody is blamed only if neither is ruled out.  On a busy machine the slow poem can end
    # before asyncio's client has read the 40 MB that prove it, and then both are possible.
    assert all(reads.values()), flood.said
    assert reads["python-blocking"] != ["all-at-once"], flood.said
    shutil.rmtree(flood.folder)  # 100 MB
