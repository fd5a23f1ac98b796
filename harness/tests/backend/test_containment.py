"""Attackers in containers: each tries what a client may not do, and reports what was possible.

An attacker's list of attempts must be exactly the test's list, so that an attempt that was not made does not count as
prevented.  Each protection is needed: without it, the attack in the same line succeeds, as the comment there says.
"""

from __future__ import annotations

import os
import random
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from backend_cell import client, run
from docker.errors import APIError
from lab_process import QUICK, WRONG, lab

from harness.backend import ownership
from harness.backend.docker.backend import DockerBackend
from harness.paths import ROOT
from harness.run.recorder import Limits, Recording
from harness.run.servers import Servers
from harness.spec.server_program import REFERENCE, discover
from slowpoetry.schedule import even_schedule
from slowpoetry.server.playbill import Part, Playbill, format_playbill

SERVERS = discover()[REFERENCE]
ATTACKERS = ROOT / "harness" / "tests" / "attackers"
MB = 1 << 20
LIMITS = Limits(60, MB, MB)
READ_ONLY, DENIED, UNREACHABLE = "Read-only file system", "Permission denied", "Network is unreachable"
NOT_PERMITTED = "Operation not permitted"


@pytest.fixture(scope="module")
def volumes(engine: Any) -> Iterator[str]:
    """The name of a client's own image, which declares a volume to which everybody may write."""
    name = f"slow-poetry-test-{secrets.token_hex(4)}:latest"
    container = engine.containers.create("slow-poetry-lab/python", ["true"])
    try:
        repository, _, tag = name.partition(":")
        container.commit(repository, tag, changes="VOLUME /var/tmp")
    finally:
        container.remove()
    yield name
    engine.images.remove(name, noprune=True)  # an image below it may be in use without a name


@pytest.fixture(scope="module")
def containers(engine: object, volumes: str) -> Iterator[DockerBackend]:
    """The backend, the images of the attackers ready."""
    with DockerBackend(ownership.this_owner()) as backend:
        plain = client(Path("/"), "true")
        assert not backend.prepare([plain, replace(plain, image=volumes), SERVERS], print).unready
        yield backend


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The attackers, in a folder to which everybody on this machine may write."""
    shutil.copytree(ATTACKERS, tmp_path / "home")
    for path in (tmp_path / "home", tmp_path / "home" / "files.py"):
        path.chmod(0o777)
    return tmp_path / "home"


def attack(
    backend: DockerBackend, home: Path, program: str, *arguments: object, image: str = "python",
    limits: Limits = LIMITS, pod: Servers | None = None,
) -> tuple[Recording, str]:  # fmt: skip
    """Run an attacker to its end, in this pod or without a network; returns its recording and its output."""
    one = replace(client(home, "python3", program), image=image)
    cell = home.parent / "cell"
    recording = run(pod.pod if pod else backend, one, cell, list(map(str, arguments)), limits)
    assert not (cell / "stderr").read_bytes(), (cell / "stderr").read_text()
    return recording, (cell / "stdout").read_text()


def attempts(recording: Recording, printed: str) -> dict[str, str]:
    """What an attacker reported of each of its attempts; the attacker must have ended by itself."""
    assert recording.exit.status == 0, recording
    lines = [line.split("\t") for line in printed.splitlines()]
    assert len(dict(lines)) == len(lines)
    return dict(lines)


def test_only_the_servers_of_its_own_pod_can_be_reached(containers: DockerBackend, home: Path, tmp_path: Path) -> None:
    program, playbill = SERVERS, tmp_path / "one.playbill"
    (tmp_path / "poem.txt").write_bytes(b"x" * 1000)
    part = Part(0, Path("poem.txt"), even_schedule(1000, num_bytes=10, delay=1.0))
    playbill.write_text(format_playbill(Playbill("127.0.0.1", (part,))))
    with (
        socket.create_server(("0.0.0.0", 0)) as service,
        Servers(containers.pod(program, tmp_path), program.name) as own,
        Servers(containers.pod(program, tmp_path), program.name) as other,
    ):
        [port], [others_port] = (each.open(playbill, tmp_path / f"log-{each is own}", 1) for each in (own, other))
        targets = {
            "own server": f"127.0.0.1:{port}",
            "another pod's server": f"127.0.0.1:{others_port}",
            "this machine, at the same address": f"127.0.0.1:{service.getsockname()[1]}",
            "this machine, in the engine's network": f"{engine_gateway(containers)}:{service.getsockname()[1]}",
            "outside": "198.51.100.1:80",
        }
        for name in ("this machine, at the same address", "this machine, in the engine's network"):
            host, _, at = targets[name].rpartition(":")
            socket.create_connection((host, int(at)), timeout=60).close()  # it is there
        words = [f"{name}={at}" for name, at in targets.items()]
        found = attempts(*attack(containers, home, "network.py", *words, pod=own))
    refused = "Connection refused"
    assert found == {
        "own server": "possible",
        # With the machine's own network instead of the pod's, the next three are possible.
        "another pod's server": refused,
        "this machine, at the same address": refused,
        "this machine, in the engine's network": UNREACHABLE,
        "outside": UNREACHABLE,
        "outside, by datagram": UNREACHABLE,
        "outside, by name": "[Errno -3] Temporary failure in name resolution",
        "this machine, by name": "[Errno -3] Temporary failure in name resolution",
        "raw packets": NOT_PERMITTED,
        "frames": NOT_PERMITTED,
        "new route": NOT_PERMITTED,
        "new address": NOT_PERMITTED,
        "version 6": "none",
        "other interfaces": "none",
    }


def engine_gateway(containers: DockerBackend) -> str:
    """This machine's address in the engine's usual network, which a container outside a pod could reach."""
    config = containers._api.inspect_network("bridge")["IPAM"]["Config"][0]
    return config.get("Gateway") or str(next(ip_network(config["Subnet"]).hosts()))


def test_a_client_cannot_stop_see_or_imitate_its_servers(containers: DockerBackend, home: Path, tmp_path: Path) -> None:
    playbill = tmp_path / "one.playbill"
    (tmp_path / "poem.txt").write_bytes(b"x" * 1000)
    part = Part(0, Path("poem.txt"), even_schedule(1000, num_bytes=10, delay=1.0))
    playbill.write_text(format_playbill(Playbill("127.0.0.1", (part,))))
    with Servers(containers.pod(SERVERS, tmp_path), SERVERS.name) as servers:
        [port] = servers.open(playbill, tmp_path / "log", 1)
        pod: Any = servers.pod
        server = containers._api.inspect_container(pod.source.id)["State"]["Pid"]
        found = attempts(*attack(containers, home, "servers.py", port, server, tmp_path, pod=servers))
        servers.close()  # they still answer
    assert found == {
        "another server at the same port": "Address already in use",
        "the same port, with SO_REUSEPORT": "Address already in use",
        "the same port, at all addresses": "Address already in use",
        "see the servers": "none",
        "signal the servers": "No such process",
        "read their folder": "No such file or directory",
        "their control sockets": "none",
        "end their connections (ss -K)": NOT_PERMITTED,
    }
    assert '"accept"' not in (tmp_path / "log").read_text()


def test_a_client_can_only_write_a_little_in_memory(
    containers: DockerBackend, home: Path, volumes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "_files", 1000)  # less than machines usually allow
    found = attempts(*attack(containers, home, "files.py", image=volumes))
    assert int(found.pop("open files").removeprefix("possible: ")) <= 1000  # without `ulimits`: more
    for place in (
        "/tmp",  # without `size`: all the memory it is allowed
        "/dev/shm",  # without `shm_size`: 64 MB
        "/var/tmp",  # without the mount on the image's volume: until the disk is full
    ):
        assert found.pop(f"fill {place}") == "possible: 16"
    assert set(found.values()) <= {READ_ONLY, DENIED, NOT_PERMITTED}, found
    assert list(found) == [
        "new file in /", "new file in /client", "new file in /lab", "new file in /etc", "new file in /usr/bin",
        "new file in /dev", "new file in /run", "new file in /run/lock", "new file in /sys/fs/cgroup",
        "new file in /sys",
        "change /etc/hosts", "change /etc/resolv.conf", "change /etc/passwd", "change /client/files.py",
        "change /proc/sys/kernel/core_pattern", "change /proc/sys/kernel/hostname",
        "change /proc/sys/net/ipv4/ip_forward", "change /sys/kernel/mm/transparent_hugepage/enabled",
        "change its own limits", "a device",
    ]  # fmt: skip
    assert found["new file in /client"] == READ_ONLY  # without `ro`: possible
    assert found["new file in /run/lock"] == READ_ONLY  # without `read_only`: possible
    assert found["change /etc/hosts"] == DENIED  # as root: possible


def test_a_client_cannot_see_or_stop_others_and_gets_no_more_rights(containers: DockerBackend, home: Path) -> None:
    found = attempts(*attack(containers, home, "processes.py", os.getpid()))
    assert (found.pop("CapBnd"), found.pop("NoNewPrivs")) == ("0" * 16, "1")
    assert found.pop("Seccomp") == "2"
    assert found == {
        "see other processes": "none",
        "signal the lab": "No such process",
        "trace the lab": "No such process",
        "secrets": "none",
        "the engine": "none",
        **dict.fromkeys(
            (
                "become root", "become another user", "more priority", "real-time priority", "mount",
                "new user namespace", "new mount namespace", "new network namespace", "join a namespace",
                "change root", "kernel log", "host name", "clock", "reboot",
            ),
            NOT_PERMITTED,
        ),
    }  # fmt: skip


@pytest.mark.parametrize("way", ["file-in-memory", "many-processes"])
def test_the_memory_limit_is_for_all_kinds_of_memory_together(containers: DockerBackend, home: Path, way: str) -> None:
    recording, printed = attack(containers, home, "hog.py", way)
    assert (recording.exit.out_of_memory, printed) == (True, "")


def test_a_fork_bomb_is_limited_and_ended(containers: DockerBackend, home: Path) -> None:
    recording, printed = attack(containers, home, "fork_bomb.py", limits=Limits(60, 10, MB))
    assert (recording.stopped, recording.exit.signal) == ("too-much-stdout", 9)
    assert printed.startswith("512 processes\n")
    assert not running("fork_bomb.py")


def test_a_client_that_ignores_signals_is_ended_with_all_that_it_started(containers: DockerBackend, home: Path) -> None:
    seconds = str(random.randrange(10**8, 10**9))
    recording, printed = attack(containers, home, "stays.py", seconds, limits=Limits(15, MB, MB))
    assert (recording.stopped, recording.exit.signal) == ("timeout", 9)
    assert set(printed) == {"o"}
    assert not running(seconds)


def running(word: str) -> list[int]:
    """The processes of this machine, those in containers too, with this word in their command."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if word in (entry / "cmdline").read_bytes().decode(errors="replace").split("\0"):
                found.append(int(entry.name))
    return found


def test_the_engine_keeps_no_log_of_the_output(containers: DockerBackend, home: Path, engine: Any) -> None:
    process: Any = containers.start(client(home, "python3", "stays.py", "1"), [])
    try:
        with pytest.raises(APIError, match=r"does not support reading|is using the 'none' log driver"):
            engine.containers.get(process._container.id).logs()
    finally:
        process.kill()
        process.wait()


def test_servers_survive_a_client_that_attacks_them_and_serve_the_next_client(tmp_path: Path, engine: object) -> None:
    clients = ("--client", ATTACKERS, "--client", WRONG / "honest", "--clients", "swarm,babble,honest")
    options = ("--scenarios", "accents", "--backend", "docker", "--out", tmp_path, "--json", *QUICK[:2])
    # One of them keeps a core busy.
    options += ("--late-budget", 5000, "--no-install")
    # Each process may open so many files, and the swarm consists of several.
    ended = lab("compare", *clients, "--servers", "twisted,erlang,haskell", *options, files=300)
    assert ended.status == 1
    told = {(cell["server"], cell["client"]): (cell["verdict"], cell["reason"]["code"]) for cell in ended.run["cells"]}
    assert told == {
        (server, name): verdict
        for server in ("twisted", "erlang", "haskell")
        for name, verdict in {
            "swarm": ("fail", "too-many-connections"),
            "babble": ("fail", "poem-missing"),
            "honest": ("pass", "as-declared"),
        }.items()
    }
