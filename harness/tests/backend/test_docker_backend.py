"""Clients in containers: what they may not do, what is recorded of them, and that nothing is left of them."""

from __future__ import annotations

import json
import secrets
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from backend_cell import program, run
from docker.errors import APIError
from lab_process import eventually
from urllib3.exceptions import ProtocolError

from harness.backend import Ready, ownership
from harness.backend.docker.backend import DockerBackend
from harness.backend.docker.engine import connect, engine_errors, engine_name, remove_labelled
from harness.errors import Interrupted, LabError
from harness.run.recorder import Limits, record
from harness.run.servers import Servers
from harness.spec.server_program import REFERENCE, discover

SERVERS = discover()[REFERENCE]

EXAMINE = """
import json, os, socket, sys, threading

def words(error):
    return type(error).__name__

def attempt(act):
    try:
        act()
    except (OSError, RuntimeError) as error:
        return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else words(error)
    return "possible"

def threads_without_end():
    end = threading.Event()
    try:
        for _ in range(2000):
            threading.Thread(target=end.wait).start()
    finally:
        end.set()

status = dict(line[:-1].split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
print(json.dumps({
    "folder": os.getcwd(),
    "uid": os.getuid(),
    "capabilities": [int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd", "CapInh")],
    "no-new-privileges": status["NoNewPrivs"],
    "write": [attempt(lambda: open(f"{folder}/new", "w")) for folder in ("/lab", "/client", "/etc", "/tmp")],
    "threads": attempt(threads_without_end),
    "engine": os.path.exists("/var/run/docker.sock"),
    "environment": sorted(os.environ),
}))
"""


@pytest.fixture(scope="module")
def containers(engine: object) -> Iterator[DockerBackend]:
    """The backend, its Python image built."""
    with DockerBackend(ownership.this_owner()) as backend:
        ready = backend.prepare([SERVERS], print)
        assert not ready.unready
        yield backend


@pytest.mark.parametrize(("rootless", "user"), [(False, "1234:1234"), (True, "0:0")])
def test_the_servers_are_the_labs_own_user_as_the_engine_sees_it(
    rootless: bool, user: str, containers: DockerBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An engine without root maps its root to the user who started it.
    for name in ("getuid", "getgid"):
        monkeypatch.setattr(f"os.{name}", lambda: 1234)
    details = containers.prepare([SERVERS], print).details
    with DockerBackend(ownership.this_owner()) as backend:
        backend.resume(Ready(details={**details, "rootless": rootless}))
        with Servers(backend.pod(SERVERS, tmp_path), SERVERS.name) as servers:
            pod: Any = servers.pod
            assert backend._api.inspect_container(pod.source.id)["Config"]["User"] == user


def test_a_client_is_unprivileged_and_reads_its_own_folder(containers: DockerBackend, tmp_path: Path) -> None:
    recording = run(containers, program(tmp_path / "client", EXAMINE), tmp_path / "cell")
    assert recording.exit.status == 0, (tmp_path / "cell" / "stderr").read_text()
    found = json.loads((tmp_path / "cell" / "stdout").read_text())
    assert (found["uid"], found["folder"]) == (65534, "/client")
    assert found["capabilities"] == [0, 0, 0, 0]
    assert found["no-new-privileges"] == "1"
    assert found["write"][:3] == ["Read-only file system"] * 3
    assert found["write"][3] == "possible"
    assert found["threads"] == "RuntimeError"
    assert not found["engine"]
    assert not {"SSH_AUTH_SOCK", "DOCKER_HOST", ownership.VARIABLE} & set(found["environment"])


def test_all_bytes_of_both_streams_arrive(containers: DockerBackend, tmp_path: Path) -> None:
    code = "import os\nfor fd in 1, 2:\n    os.fdopen(fd, 'wb').write(bytes(range(256)) * 4096)\n"
    assert run(containers, program(tmp_path / "client", code), tmp_path / "cell").exit.status == 0
    for stream in ("stdout", "stderr"):
        assert (tmp_path / "cell" / stream).read_bytes() == bytes(range(256)) * 4096


@pytest.mark.parametrize(("code", "status", "signum"), [("exit(7)", 7, None), ("os.kill(os.getpid(), 9)", None, 9)])
def test_a_status_and_a_signal_are_told_apart(
    containers: DockerBackend, code: str, status: int | None, signum: int | None, tmp_path: Path
) -> None:
    end = run(containers, program(tmp_path / "client", f"import os\n{code}\n"), tmp_path / "cell").exit
    assert (end.status, end.signal, end.out_of_memory) == (status, signum, False)


def test_the_cost_of_a_client_is_seen(containers: DockerBackend, tmp_path: Path) -> None:
    code = "import time\nx = b'x' * 100_000_000\nwhile time.process_time() < 1:\n    pass\ntime.sleep(3)\n"
    end = run(containers, program(tmp_path / "client", code), tmp_path / "cell").exit
    assert end.cpu_s is not None and 0.5 <= end.cpu_s < 10
    assert end.max_rss_bytes is not None and 100_000_000 < end.max_rss_bytes < 300_000_000


def test_a_client_that_closes_its_output_and_goes_on_is_stopped(containers: DockerBackend, tmp_path: Path) -> None:
    one = program(tmp_path / "client", "import os, time\nos.close(1)\nos.close(2)\ntime.sleep(1000)\n")
    recording = run(containers, one, tmp_path / "cell", limits=Limits(15, 100, 100))
    assert (recording.stopped, recording.exit.signal) == ("timeout", 9)


def test_what_a_client_starts_ends_with_it(containers: DockerBackend, tmp_path: Path) -> None:
    code = "import subprocess\nsubprocess.Popen(['sleep', '31536000'], start_new_session=True, env={})\n"
    assert run(containers, program(tmp_path / "client", code), tmp_path / "cell").exit.status == 0
    assert b"31536000" not in b"".join(_command_lines())


def _command_lines() -> Iterator[bytes]:
    for entry in Path("/proc").iterdir():
        try:
            yield (entry / "cmdline").read_bytes()
        except OSError:
            pass


def test_nothing_of_a_backend_remains_after_its_block(engine: Any, tmp_path: Path) -> None:
    # An owner in another namespace: no other sweep takes it for dead.
    label = f"{ownership.this_owner().split('/')[0]}/{secrets.token_hex(8)}/1/1"

    def mine() -> list[str]:
        key = f"{ownership.LABEL}={label}"
        return [one.name for one in engine.containers.list(all=True, filters={"label": key}, ignore_removed=True)]

    def interrupt() -> None:
        assert len(mine()) >= 2
        raise Interrupted(15)

    with pytest.raises(Interrupted), DockerBackend(label) as backend:
        backend.prepare([SERVERS], print)
        one = program(tmp_path / "client", "import time\nprint(1, flush=True)\ntime.sleep(1000)\n")
        with Servers(backend.pod(SERVERS, tmp_path), SERVERS.name) as servers:
            process: Any = servers.pod.start(one, [])
            process.poll_cost = interrupt
            record(process, tmp_path / "cell", Limits(60, 100, 100), time.monotonic())
    assert mine() == []


def test_a_client_whose_servers_have_ended_is_not_judged(
    engine: Any, containers: DockerBackend, tmp_path: Path
) -> None:
    pod: Any = containers.pod(SERVERS, tmp_path)
    one = program(tmp_path / "client", "")
    assert run(pod, one, tmp_path / "before").exit.status == 0
    process: Any = pod.start(program(tmp_path / "client", "import time\ntime.sleep(1000)\n"), [])
    engine.containers.get(pod.source.id).kill()
    process.kill()
    with pytest.raises(LabError, match="the servers' container has ended"):
        record(process, tmp_path / "meanwhile", Limits(60, 100, 100), time.monotonic())
    # If the engine cannot start it, that is not the client's fault, and so not an OSError.
    with pytest.raises(LabError, match="the container engine failed"):
        pod.start(one, [])
    pod.end(60)


def test_an_engine_that_goes_away_while_a_client_starts_is_not_the_client_s_fault(
    containers: DockerBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(container: str) -> None:
        raise requests.ConnectionError(container)  # it is an OSError, as a command that cannot be started is

    monkeypatch.setattr(containers._api, "start", gone)
    with pytest.raises(LabError, match="the container engine failed"):
        containers.start(program(tmp_path / "client", ""), [])


def test_an_engine_that_goes_away_while_a_client_must_be_stopped_ends_the_recording(
    containers: DockerBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(container: str, *_: object) -> None:
        raise requests.ConnectionError(container)

    process: Any = containers.start(program(tmp_path / "client", "import time\ntime.sleep(1000)\n"), [])
    monkeypatch.setattr(containers._api, "kill", gone)
    monkeypatch.setattr(containers._api, "wait", gone)
    with pytest.raises(LabError, match="the container engine failed"):
        record(process, tmp_path / "cell", Limits(1, 1000, 1000), time.monotonic())
    containers._api.remove_container(process._container.id, force=True)


def test_a_signal_while_the_engine_creates_a_container_waits_for_it(
    containers: DockerBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main, create = threading.get_ident(), containers._api.create_container
    created: list[str] = []

    def waits() -> bool:
        stack = traceback.extract_stack(sys._current_frames()[main])
        return any(frame.name == "result" for frame in stack)

    def interrupted(*words: Any, **options: Any) -> Any:
        eventually(waits, "the lab waits for the container")
        signal.pthread_kill(main, signal.SIGUSR1)
        answer = create(*words, **options)
        created.append(answer["Id"])
        return answer

    def stop(signum: int, frame: object) -> None:
        raise Interrupted(signum)

    monkeypatch.setattr(containers._api, "create_container", interrupted)
    before = signal.signal(signal.SIGUSR1, stop)
    try:
        with pytest.raises(Interrupted):
            containers.start(program(tmp_path / "client", ""), [])
        # A worker that is told to end does not wait for its threads, and the lab then removes what the engine has.
        assert created
        containers._api.remove_container(created[0])
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_what_somebody_else_is_removing_is_gone_after_a_sweep(containers: DockerBackend, tmp_path: Path) -> None:
    process: Any = containers.start(program(tmp_path / "client", "import time\ntime.sleep(1000)\n"), [])
    one, mine = process._container.id, ownership.this_owner()
    process._container.hang_up()
    with ThreadPoolExecutor(1) as threads:
        removal = threads.submit(connect().api.remove_container, one, force=True)
        eventually(lambda: removal.running() or removal.done(), "somebody removes it")
        remove_labelled(containers._docker, lambda owner: owner == mine)
        assert not containers._api.containers(all=True, filters={"id": one})
        with suppress(APIError):  # the sweep was first
            removal.result()


def test_an_engine_that_dies_while_it_sends_is_an_error_of_the_engine() -> None:
    with pytest.raises(LabError, match="the container engine failed"), engine_errors():
        raise ProtocolError("Connection broken")  # of urllib3, which reads what comes in parts


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ({"Version": "20.10.24", "Components": [{"Name": "Engine"}, {"Name": "containerd"}]}, "20.10.24"),
        ({"Version": "4.3.1", "Components": [{"Name": "Podman Engine"}, {"Name": "Conmon"}]}, "Podman Engine 4.3.1"),
        ({"Version": "1.0"}, "1.0"),
    ],
)
def test_another_engine_is_named(version: dict[str, Any], name: str) -> None:
    assert engine_name(version) == name


def test_servers_go_before_clients_and_before_the_rest_of_the_machine(
    containers: DockerBackend, engine: Any, tmp_path: Path
) -> None:
    with Servers(containers.pod(SERVERS, tmp_path), REFERENCE):
        mine = [f"{ownership.LABEL}={ownership.this_owner()}", f"{ownership.ROLE_LABEL}=servers"]
        [servers] = engine.containers.list(filters={"label": mine})
        usual = 1024
        assert servers.attrs["HostConfig"]["CpuShares"] > usual
