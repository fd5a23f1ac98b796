"""Guests: clients with a Dockerfile of their own, each a folder of guests/ that no file of the lab names.

Here only the one whose image is built fastest runs; docs/guests.md says how all are tried.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import subprocess
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from lab_process import BUILD_SECONDS, QUICK, SECONDS, lab

from harness.compare.options import Options, selected_clients
from harness.errors import UsageError
from harness.paths import GUESTS
from harness.spec import client as clients

NAMES = sorted(path.name for path in GUESTS.iterdir())
CODE = (".go", ".mjs", ".java", ".rs", ".ex", ".ml")
LONGEST = 100  # lines of a guest's code


def manifest(folder: Path, name: str, more: str = "") -> None:
    """Write the manifest of the guest node into a folder, with another name."""
    folder.mkdir()
    text = (GUESTS / "node" / "node.client.toml").read_text("utf-8")
    (folder / f"{name}.client.toml").write_text(more + text.replace('"node"', f'"{name}"', 1))


def names(given: str) -> list[str]:
    return [one.name for one in selected_clients(Options(clients=given))]


def test_every_folder_is_a_guest() -> None:
    assert list(clients.guests()) == NAMES
    for name, guest in clients.guests().items():
        assert (guest.home, guest.image, guest.guest, guest.outside) == (GUESTS / name, f"guests/{name}", True, True)
        assert "ARG BASE" in (guest.home / "Dockerfile").read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_code_of_a_guest_is_short(name: str) -> None:
    [code] = [path for path in (GUESTS / name).rglob("*") if path.suffix in CODE]
    assert len(code.read_text("utf-8").splitlines()) <= LONGEST


def test_guests_run_by_name_only() -> None:
    assert not set(NAMES) & {*names(""), *names("all")}
    assert names("guests") == NAMES
    assert names("python-asyncio,guests") == ["python-asyncio", *NAMES]
    assert names(f"{NAMES[1]},guests")[0] == NAMES[1]


def test_a_guest_can_be_given_as_a_folder() -> None:
    [guest] = selected_clients(Options(client_folders=(GUESTS / "node",)))
    assert (guest.name, guest.guest) == ("node", True)


@pytest.fixture
def own_guests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another folder of guests."""
    monkeypatch.setattr(clients, "GUESTS", tmp_path)
    return tmp_path


def test_a_guest_needs_no_other_file_and_cannot_join_the_default_clients(own_guests: Path) -> None:
    assert names("")  # without any guest
    manifest(own_guests / "mine", "mine", "default = true\n")
    assert names("guests") == ["mine"]
    assert "mine" not in names("")


def test_a_guest_has_the_name_of_its_folder(own_guests: Path) -> None:
    manifest(own_guests / "yours", "mine")
    with pytest.raises(UsageError, match=r"yours/mine\.client\.toml: a guest has the name of its folder"):
        clients.guests()


def test_a_guest_has_a_name_of_its_own(own_guests: Path) -> None:
    manifest(own_guests / "python-asyncio", "python-asyncio")
    with pytest.raises(UsageError, match="the lab has a client 'python-asyncio'; give the guest another name"):
        names("guests")


def test_without_containers_a_guest_is_skipped_and_told_why(tmp_path: Path) -> None:
    ended = lab("compare", "--clients", "node", "--backend", "local", "--out", tmp_path, "--json", *QUICK)
    assert ended.status == 1
    for cell in ended.run["cells"]:
        assert (cell["verdict"], cell["reason"]["code"]) == ("skipped", "no-toolchain")
        assert "--backend docker" in cell["reason"]["sentence"]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed here")
@pytest.mark.parametrize(("address", "status"), [("[1]:5", 2), ("[:::]:5", 2), ("[1.2.3.4]:5", 2), ("[::1]:1", 1)])
def test_only_an_ipv6_address_may_be_in_brackets(address: str, status: int) -> None:
    done = subprocess.run(["node", GUESTS / "node" / "get-poetry.mjs", address], capture_output=True, text=True)
    assert (done.returncode, "usage:" in done.stderr) == (status, status == 2), done


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed here")
@pytest.mark.parametrize(("reset", "status"), [(True, 1), (False, 0)])
def test_node_tells_a_reset_from_an_end_even_if_it_comes_with_the_last_bytes(reset: bool, status: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        client = subprocess.Popen(
            ["node", GUESTS / "node" / "get-poetry.mjs", address], stdout=PIPE, stderr=PIPE, text=True
        )
        connection, _ = server.accept()
        connection.sendall(b"poetry\n")
        assert client.stderr
        assert "got 7 bytes" in client.stderr.readline()
        client.send_signal(signal.SIGSTOP)
        os.waitpid(client.pid, os.WUNTRACED)
        connection.sendall(b"the last bytes\n")
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        client.send_signal(signal.SIGCONT)
        _, told = client.communicate(timeout=SECONDS)
    assert (client.returncode, f"failed: connection reset ({address})" in told) == (status, reset), told


def test_a_guest_is_built_from_its_own_dockerfile_and_keeps_the_contract(engine: Any, tmp_path: Path) -> None:
    words = ("--clients", "node", "--backend", "docker", "--out", tmp_path, "--json", *QUICK)
    ended = lab("compare", *words, "--scenarios", "accents,half-close,one-down,reset", seconds=BUILD_SECONDS)
    assert ended.status == 0, ended.stderr
    assert {cell["verdict"] for cell in ended.run["cells"]} == {"pass"}
    assert ended.run["provenance"]["runtimes"]["guests/node"][0].isdigit()
    assert "slow-poetry-lab/guests/node:latest" in engine.images.get("slow-poetry-lab/guests/node").tags
