"""The clients that are run by name only, in every default scenario and both backends: as declared."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract_run import CLIENTS, DEFAULT, as_declared, compare


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
