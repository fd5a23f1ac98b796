"""The clients of all languages, against servers of all languages, at ::1 and at a name whose first address is dead."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract_run import CLIENTS, as_declared, compare

from harness.backend import loopback
from harness.spec.scenario_file import discover

QUICKLY = ("--pace", "0.3", "--late-budget", "1000")
ALL = [*CLIENTS[True], *CLIENTS[False]]
OF_EACH_LANGUAGE = ["python-twisted-async-await", "python-asyncio", "python-trio", "erlang-processes", "haskell-lazy"]


def unexpected(backend: str, clients: list[str], scenario: str, out: Path, *servers: str) -> list[str]:
    """The clients that are not as declared, even if they run alone."""
    run = compare(
        out, "--backend", backend, "--clients", ",".join(clients), "--scenarios", scenario, *QUICKLY, *servers
    )
    judged = run.recorded["cells"]
    assert {cell["client"] for cell in judged} == set(clients)
    assert {cell["verdict"] for cell in judged} == {"pass"}, run.said
    odd = {cell["client"] for cell in judged if not cell["expected"]}
    return [client for client in odd if not as_declared(client, scenario, backend, out)]


def test_every_client_gets_its_poems_over_ipv6_from_servers_of_every_language(tmp_path: Path) -> None:
    if lack := loopback.lacks("::1"):
        pytest.skip(lack)
    assert unexpected("local", ALL, "trio-v6", tmp_path, "--servers", "twisted,erlang,haskell") == []


@pytest.mark.parametrize("scenario", ["trio-v6", "dual"])
def test_clients_in_containers_get_their_poems_over_ipv6_too_and_try_all_addresses_of_a_name(
    scenario: str, tmp_path: Path, engine: object
) -> None:
    assert unexpected("docker", OF_EACH_LANGUAGE, scenario, tmp_path) == []


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
