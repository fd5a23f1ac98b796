"""The conditions that a scenario sets for the client: what is right then, what is caught, and what is recorded."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from known_wrong import UNDER_CONDITIONS as CAUGHT
from lab_process import QUICK, WRONG, lab

from harness.judge.replay import replay

CONTAINED = ("read-only", "dual")  # not every machine has what these need, but a container has


def reasons(scenario: str, clients: Iterable[str], out: Path, backend: str) -> dict[str, tuple[str, str]]:
    """Verdict and code of the honest client and of these in a scenario; a replay must give the same."""
    named = [word for name in ("honest", *clients) for word in ("--client", WRONG / name)]
    # So slow that the order of events is the same on a busy machine.
    pace = 2 if scenario == "closed-pipe" else 1
    options = ("--scenarios", scenario, "--backend", backend, "--pace", pace, *QUICK[2:], "--out", out, "--json")
    ended = lab("compare", *named, *options)
    folder = out / ended.run["id"]
    said: list[str] = []
    replay(folder, said.append)
    assert said == [f"replayed {folder}: as recorded"]
    return {cell["client"]: (cell["verdict"], cell["reason"]["code"]) for cell in ended.run["cells"]}


def caught(scenario: str) -> dict[str, tuple[str, str]]:
    """The expected verdicts and codes."""
    return {"honest": ("pass", "as-declared"), **{name: ("fail", code) for name, code in CAUGHT[scenario].items()}}


@pytest.mark.parametrize("scenario", [name for name in CAUGHT if name not in CONTAINED])
def test_a_client_that_is_wrong_under_conditions_is_caught(scenario: str, tmp_path: Path) -> None:
    assert reasons(scenario, CAUGHT[scenario], tmp_path, "local") == caught(scenario)


@pytest.mark.parametrize("scenario", [*CONTAINED, "trio-v6"])
def test_a_container_applies_the_same_conditions(scenario: str, tmp_path: Path, engine: object) -> None:
    assert reasons(scenario, CAUGHT[scenario], tmp_path, "docker") == caught(scenario)


def test_a_condition_that_needs_a_container_is_reported_by_the_local_backend(tmp_path: Path) -> None:
    options = ("--scenarios", "read-only", "--backend", "local", "--out", tmp_path, *QUICK)
    ended = lab("compare", "--client", WRONG / "honest", *options)
    assert (ended.status, "unsupported" in ended.stdout) == (0, True)
    assert "read-only was not run: only a container can have a read-only file system" in ended.stdout
