"""The clients that run only by name are as declared in every default scenario: in two of them in containers."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract_run import CLIENTS, DEFAULT, blamed, compare

IN_CONTAINERS = ["trio", "one-down"]


@pytest.mark.parametrize("backend", ["local", "docker"])
def test_the_clients_by_name_only_are_as_declared_too(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if backend == "docker":
        request.getfixturevalue("engine")
    # What a container may lack is a library in its image; that shows in any scenario.
    scenarios = [name for name in DEFAULT if (name in IN_CONTAINERS) == (backend == "docker")]
    named = ("--clients", ",".join(CLIENTS[False]), "--scenarios", ",".join(scenarios))
    others = compare(tmp_path, "--backend", backend, *named, "--pace", "0.5", "--late-budget", "1000")
    judged = {(cell["client"], cell["scenario"]): cell for cell in others.recorded["cells"]}
    assert set(judged) == {(client, scenario) for client in CLIENTS[False] for scenario in scenarios}
    assert blamed(others, tmp_path) == [], others.said
