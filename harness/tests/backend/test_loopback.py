"""Which hosts the machine has for a scenario: the sentence of `not-possible-here` names what is missing."""

from __future__ import annotations

import errno
import socket
from typing import Any

import pytest

from harness.backend import loopback


def known(*hosts: str) -> Any:
    return lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 0)) for host in hosts]


def absent(*_: object, **__: object) -> Any:
    raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")


def test_127_0_0_1_is_always_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_server", absent)
    assert loopback.lacks("127.0.0.1") is None


@pytest.mark.parametrize("host", ["::1", "localhost"])
def test_a_machine_without_ipv6_can_have_neither_of_the_others(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_server", absent)
    assert loopback.lacks(host) == "this machine has no IPv6 address ::1"


@pytest.mark.parametrize("hosts", [("127.0.0.1",), ("127.0.0.1", "::1"), ("::1",)])
def test_a_name_needs_both_addresses_in_their_order(hosts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    if lack := loopback.lacks("::1"):
        pytest.skip(lack)
    monkeypatch.setattr(socket, "getaddrinfo", known(*hosts))
    lack = loopback.lacks("localhost")
    assert lack is not None and lack.startswith(f"localhost stands for {', then '.join(hosts)} on this machine")


def test_a_name_with_both_addresses_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    if lack := loopback.lacks("::1"):
        pytest.skip(lack)
    monkeypatch.setattr(socket, "getaddrinfo", known("::1", "127.0.0.1"))
    assert loopback.lacks("localhost") is None
