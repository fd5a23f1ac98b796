"""`./lab --lab-in-container`: from a place without Python whose paths mean nothing to the engine, and killed."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lab_process import BUILD_SECONDS, LAB, WRONG, eventually, lab_script

from harness.backend import ownership
from harness.backend.base_image import BASE
from harness.backend.docker import own_container
from harness.backend.silence import DEFAULT
from harness.paths import ROOT

IN_CONTAINER = ("--lab-in-container", "compare", "--clients", "python-asyncio", "--late-budget", "500")
ELSEWHERE = "/elsewhere/lab"
NOT_COPIED = (".git", ".venv", "runs", "build", "_build", "__pycache__")


@pytest.fixture(scope="module")
def image(engine: Any, tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> None:
    """The lab's own image; one of pytest's workers builds it for all."""
    with (tmp_path_factory.getbasetemp().parent / f"lab-image-of-{testrun_uid}").open("a") as note:
        fcntl.flock(note, fcntl.LOCK_EX)
        if not note.seek(0, os.SEEK_END):
            made = subprocess.run([LAB, "--lab-in-container", "list"], capture_output=True, timeout=BUILD_SECONDS)
            assert made.returncode == 0, made.stderr
            note.write("built\n")


@pytest.fixture
def elsewhere(engine: Any, image: None, tmp_path: Path) -> Iterator[Any]:
    """A container that has the checkout, the engine's socket, the docker command, and no Python."""
    docker = shutil.which("docker")
    assert docker
    path = os.environ.get("DOCKER_HOST", DEFAULT).removeprefix("unix://")
    binds = [f"{path}:/run/docker.sock"]
    container = engine.containers.run(BASE, ["sleep", "infinity"], detach=True, init=True, volumes=binds)
    try:
        (tmp_path / "checkout").mkdir()
        copy = tmp_path / "checkout" / "lab"
        shutil.copytree(ROOT, copy, symlinks=True, ignore=shutil.ignore_patterns(*NOT_COPIED))
        assert container.exec_run(["mkdir", "-p", ELSEWHERE]).exit_code == 0
        # Copied, because the engine may not know the paths of this test either.
        for what, place in ((f"{copy}/.", ELSEWHERE), (docker, "/usr/bin/docker")):
            subprocess.run(["docker", "cp", "-L", what, f"{container.id}:{place}"], check=True, capture_output=True)
        yield container
    finally:
        container.remove(v=True, force=True)


def test_twice_at_once_from_a_place_without_python_whose_paths_the_engine_does_not_know(elsewhere: Any) -> None:
    assert elsewhere.exec_run(["sh", "-c", "command -v python3"]).exit_code != 0

    def run(scenario: str) -> tuple[int, str]:
        command = [f"{ELSEWHERE}/lab", *IN_CONTAINER, "--scenarios", scenario, "--json"]
        ended = elsewhere.exec_run(command, workdir=ELSEWHERE, demux=True)
        return ended.exit_code, (ended.output[0] or b"").decode() or ended.output[1].decode()

    # The output of both comes through FIFOs; of the second one, the lab closes standard output early.
    with ThreadPoolExecutor() as both:
        (first, one), (second, two) = both.map(run, ["one-down", "closed-pipe"])
    assert (first, second) == (0, 0), one + two
    for printed in (one, two):
        found = json.loads(printed)
        [cell] = found["cells"]
        assert (cell["verdict"], found["provenance"]["backend"]) == ("pass", "docker")
        assert cell["metrics"]["cpu_s"] > 0
        kept = elsewhere.exec_run(["cat", f"{ELSEWHERE}/runs/{found['id']}/run.json"]).output
        assert json.loads(kept) == found
        written = ("send-log.ndjson", "transcript.ndjson", "stdout")
        files = [
            f"{ELSEWHERE}/runs/{found['id']}/cells/twisted/{cell['scenario']}/python-asyncio/1/{one}" for one in written
        ]
        assert elsewhere.exec_run(["ls", *files]).exit_code == 0


def test_a_students_folder_goes_in_and_the_evidence_comes_back(image: None, tmp_path: Path) -> None:
    shutil.copytree(WRONG / "honest", tmp_path / "student", symlinks=False)
    words = ("check", "--client", "student", "--scenarios", "trio", "--junit", "new.xml", "--out", "a/b")
    ended = lab_script("--lab-in-container", *words, cwd=tmp_path)
    [run] = (tmp_path / "a" / "b").iterdir()
    found = json.loads((run / "run.json").read_text())
    assert found["cells"][0]["client"] == "honest", ended
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    assert found["provenance"]["commit"] == (head or None)
    assert "<testsuite" in (tmp_path / "new.xml").read_text()


def test_a_server_of_the_lab_is_reached_from_the_host(image: None) -> None:
    words = ["--lab-in-container", "python", "-m", "slowpoetry.server", "--delay", "0", "poems/ecstasy.txt"]
    with subprocess.Popen([LAB, *words], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as lab:
        try:
            assert lab.stdout
            port = int(re.fullmatch(r"Serving .* on 127\.0\.0\.1:(\d+)\.\n", lab.stdout.readline())[1])
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                connection.settimeout(60)
                poem = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        finally:
            lab.terminate()
    assert poem == (ROOT / "poems" / "ecstasy.txt").read_bytes()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_lab_that_is_stopped_or_killed_leaves_nothing(
    how: signal.Signals, engine: Any, image: None, tmp_path: Path
) -> None:
    with _waiting_lab(engine, tmp_path) as (process, container):
        volumes = {mount["Name"] for mount in container.attrs["Mounts"] if mount["Type"] == "volume"}
        eventually(lambda: _of(engine, _children(container), "client"), "a client runs")
        labs = _children(container)
        # A kill meets the shell and the docker command; a user who stops the lab means the shell.
        os.killpg(process.pid, how) if how == signal.SIGKILL else process.send_signal(how)
        _, said = process.communicate(timeout=60)
        eventually(lambda: not _labs(engine, tmp_path), "the lab's container is removed")
        assert not _of(engine, labs)
        eventually(lambda: not volumes & _volumes(engine), "its volumes are removed")
        if how != signal.SIGKILL:
            assert process.returncode == 128 + how
            assert said.endswith(f"lab: stopped by {how.name}\n".encode())
            assert len(list((tmp_path / "out").iterdir())) == 1


@contextmanager
def _waiting_lab(engine: Any, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Any]]:
    """A lab in a container whose client waits for a minute, and the container."""
    command = [LAB, *IN_CONTAINER, "--scenarios", "trio", "--pace", "30", "--out", "out"]
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, stdin=null, stdout=null, stderr=pipe, process_group=0) as process:
        try:
            eventually(lambda: [lab for lab in _labs(engine, folder) if lab["State"] == "running"], "the lab runs")
            yield process, engine.containers.get(_labs(engine, folder)[0]["Id"])
        finally:
            if process.poll() is None:
                process.terminate()


def _labs(engine: Any, folder: Path) -> list[dict[str, Any]]:
    """The labs in containers that were started in this folder."""
    found = engine.api.containers(all=True, filters={"label": own_container.LABEL})
    return [lab for lab in found if any(mount["Destination"] == str(folder) for mount in lab["Mounts"])]


def _volumes(engine: Any) -> set[str]:
    return {volume["Name"] for volume in engine.api.volumes()["Volumes"] or ()}


def _children(container: Any) -> list[int]:
    pid = container.attrs["State"]["Pid"]
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _of(engine: Any, labs: list[int], role: str = "") -> list[str]:
    """The containers that these processes own."""
    found = engine.api.containers(all=True, filters={"label": ownership.LABEL})
    return [
        one["Id"]
        for one in found
        if int(one["Labels"][ownership.LABEL].split("/")[2]) in labs
        and role in ("", one["Labels"].get(ownership.ROLE_LABEL))
    ]


@pytest.mark.parametrize(("system", "option"), [("Linux", ["--lab-in-container"]), ("Darwin", [])])
def test_a_lab_that_needs_a_container_and_has_no_docker_command_says_so(
    system: str, option: list[str], tmp_path: Path
) -> None:
    for name in ("sh", "dirname"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    (tmp_path / "uname").write_text(f"#!/bin/sh\necho {system}\n")
    (tmp_path / "uname").chmod(0o755)
    done = subprocess.run([LAB, *option, "list"], env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (4, "", 1)
    assert "docker command" in done.stderr


def _with_docker(tmp_path: Path, script: str) -> dict[str, str]:
    """An environment whose docker command is this script; it starts in the folder `tmp_path`."""
    (tmp_path / "docker").write_text(f"#!/bin/sh\ncd {tmp_path}\n{script}\n")
    (tmp_path / "docker").chmod(0o755)
    return {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}


# Its container takes a signal only after a first one has failed, as one does that does not run yet.
LATE = """case $1 in
    start) touch started; until [ -e stopped ]; do sleep 0.05; done ;;
    kill) if [ -e asked ]; then echo "$3" >stopped; else touch asked; exit 1; fi ;;
    inspect) echo "exited 143" ;;
esac"""


@pytest.mark.parametrize(("how", "passed_on"), [("SIGINT", "INT"), ("SIGTERM", "TERM"), ("SIGHUP", "HUP")])
def test_a_signal_that_comes_before_the_container_runs_is_not_lost(how: str, passed_on: str, tmp_path: Path) -> None:
    command, null, scratch = [LAB, "--lab-in-container", "list"], subprocess.DEVNULL, tmp_path / "scratch"
    scratch.mkdir()
    environment = {**_with_docker(tmp_path, LATE), "TMPDIR": str(scratch)}
    with subprocess.Popen(command, env=environment, stdin=null, process_group=0) as process:
        try:
            eventually(lambda: (tmp_path / "started").exists(), "the container starts")
            eventually(lambda: not [*scratch.iterdir()], "the shell passes signals on, and its files are removed")
            process.send_signal(signal.Signals[how])
            assert process.wait(60) == 143
        finally:
            (tmp_path / "stopped").touch()
    assert (tmp_path / "stopped").read_text() == f"{passed_on}\n"


def test_a_folder_with_the_name_of_the_task_comes_back(tmp_path: Path) -> None:
    copies = """case $1 in cp) echo "$2" >>copied ;; inspect) echo "exited 0" ;; esac"""
    command = [LAB, "--lab-in-container", "site", "run", "--out", "site"]
    subprocess.run(command, cwd=tmp_path, env=_with_docker(tmp_path, copies), capture_output=True, timeout=60)
    assert any(word.endswith(f":{tmp_path}/site") for word in (tmp_path / "copied").read_text().splitlines())


def test_a_place_that_cannot_be_written_is_refused_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment = _with_docker(tmp_path, """[ "$1" != create ] || touch created""")
    command = [LAB, "--lab-in-container", "compare", "--out", "file/results"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("lab: --out file/results: ")
    assert not (tmp_path / "created").exists()


def test_what_cannot_be_copied_back_does_not_keep_the_rest_from_it(tmp_path: Path) -> None:
    copies = """case $1$2 in
        cp*:*/first) echo "it is full" >&2; exit 1 ;;
        cp*) echo "$2" >>copied ;;
        inspect*) echo "exited 0" ;;
    esac"""
    command = [LAB, "--lab-in-container", "check", "--junit", "first", "--out", "second"]
    environment = _with_docker(tmp_path, copies)
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 4
    assert f"{tmp_path}/first could not be copied out of the lab's container: it is full" in done.stderr
    assert any(word.endswith(f":{tmp_path}/second") for word in (tmp_path / "copied").read_text().splitlines())


def test_no_mount_of_the_labs_container_is_below_a_symbolic_link_of_debian(tmp_path: Path) -> None:
    # Some engines cannot copy into such a container, Debian's 28.5.2 for one.
    environment = _with_docker(tmp_path, """[ "$1" != create ] || { printf '%s\\n' "$@" >words; exit 1; }""")
    subprocess.run([LAB, "--lab-in-container", "list"], env=environment, capture_output=True, timeout=60)
    words = (tmp_path / "words").read_text().splitlines()
    targets = [Path(words[place + 1].split(":")[-1]) for place, word in enumerate(words) if word == "--volume"]
    assert Path("/run/docker.sock") in targets
    links = {Path("/var/run"), Path("/var/lock"), Path("/bin"), Path("/sbin"), Path("/lib"), Path("/lib64")}
    assert not [target for target in targets if links & set(target.parents)]


def test_ctrl_c_during_the_imports_ends_the_first_process_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "struck.py").write_text(
        "import runpy, signal, sys\n"
        "class Strike:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'harness.backend.docker':\n"
        "            signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Strike())\n"
        "runpy.run_module('harness.cli.in_container', run_name='__main__')\n"
    )
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'python'}"}
    command = [sys.executable, tmp_path / "struck.py", "list"]
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


def test_a_container_whose_caller_died_before_it_ran_is_swept_later(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    container = engine.containers.create(BASE, ["true"], labels={own_container.LABEL: "test"})
    try:
        assert container.id not in own_container.abandoned(engine.api)
        monkeypatch.setattr(own_container, "COPY_SECONDS", 0)
        assert container.id in own_container.abandoned(engine.api)
    finally:
        container.remove()
