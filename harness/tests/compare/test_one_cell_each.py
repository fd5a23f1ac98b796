"""One cell of each language, in the local backend: the shortest way through the whole lab."""

from __future__ import annotations

from pathlib import Path

from contract_run import compare

CLIENTS = {"python-twisted-deferredlist", "erlang-processes", "haskell-announcing"}


def test_a_client_of_each_language_fetches_the_seeds_three_poems_as_declared(tmp_path: Path) -> None:
    chosen = ("--backend", "local", "--clients", ",".join(sorted(CLIENTS)), "--scenarios", "trio")
    run = compare(tmp_path, *chosen, "--pace", "0.3", "--late-budget", "1000")
    assert run.status == 0, run.said
    cells = run.cells("trio")
    assert set(cells) == CLIENTS
    assert all(cell["axes"]["bytes"] == ["exact"] for cell in cells.values())
