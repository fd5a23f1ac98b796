"""The clients of all languages, against servers of all languages, at ::1 and at a name whose first address is dead."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract_run import CLIENTS, blamed, compare

from harness.backend import loopback
from harness.spec.scenario_file import discover

QUICKLY = ("--pace", "0.3", "--late-budget", "1000")
ALL = [*CLIENTS[True], *CLIENTS[False]]
OF_EACH_LANGUAGE = ["python-twisted-async-await", "python-asyncio", "python-trio", "erlang-processes", "haskell-lazy"]


def get_their_poems(backend: str, clients: list[str], scenario: str, out: Path, *servers: str) -> None:
    """Assert that these clients are as declared and print the poems byte for byte."""
    run = compare(
        out, "--backend", backend, "--clients", ",".join(clients), "--scenarios", scenario, *QUICKLY, *servers
    )
    judged = run.recorded["cells"]
    assert {cell["client"] for cell in judged} == set(clients)
    assert {tuple(cell["axes"]["bytes"]) for cell in judged} == {("exact",)}, run.said
    assert blamed(run, out) == [], run.said


# To a client all servers are alike, and to a server all clients: every one of them is run, but not every pair.
@pytest.mark.parametrize(
    ("clients", "servers"), [(ALL, "twisted"), (["python-selectors"], "erlang,haskell")], ids=["clients", "servers"]
)
def test_poems_over_ipv6_reach_every_client_and_come_from_servers_of_every_language(
    clients: list[str], servers: str, tmp_path: Path
) -> None:
    if lack := loopback.lacks("::1"):
        pytest.skip(lack)
    get_their_poems("local", clients, "trio-v6", tmp_path, "--servers", servers)


@pytest.mark.parametrize("scenario", ["trio-v6", "dual"])
def test_clients_in_containers_get_their_poems_over_ipv6_too_and_try_all_addresses_of_a_name(
    scenario: str, tmp_path: Path, engine: object
) -> None:
    get_their_poems("docker", OF_EACH_LANGUAGE, scenario, tmp_path)


def test_if_localhost_has_one_address_the_scenario_is_left_out_with_the_reason(tmp_path: Path) -> None:
    run = compare(tmp_path, "--backend", "local", "--clients", "python-blocking", "--scenarios", "dual", *QUICKLY)
    [cell] = run.recorded["cells"]
    lack = loopback.lacks(discover()["dual"].host)
    if lack:
        assert (cell["verdict"], cell["reason"]["code"]) == ("unsupported", "not-possible-here")
        assert cell["reason"]["sentence"] == lack
    else:
        assert cell["verdict"] == "pass"
    assert run.status == 0
