"""Bad luck: signals at every moment, sudden deaths, two labs at once.  Only what was finished is left."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_process import (
    BUILD_SECONDS,
    SECONDS,
    WRONG,
    Ended,
    Running,
    alive,
    compare,
    eventually,
    lab,
    lab_running,
    lab_script_running,
    of_lab,
    processes_of,
    things_of,
)

from harness.backend import ownership

SLOW = ("--pace", "3", "--late-budget", "500", "--scenarios", "accents", "--no-install")
ROUNDS = ("--pace", "0.3", "--late-budget", "500", "--scenarios", "accents", "--no-install", "--rounds", "50")


def arguments(out: Path, backend: str, *more: str) -> list[object]:
    return ["compare", "--client", WRONG / "honest", "--backend", backend, "--out", out, *more]


def under_way(out: Path, process: Running) -> None:
    """Wait until the servers have sent something to the client of a cell."""

    def sent() -> bool:
        assert process.poll() is None, process.communicate()
        return any(log.stat().st_size > 0 for log in out.glob("*/cells/twisted/accents/honest/*/send-log.ndjson"))

    eventually(sent, "a cell is under way", BUILD_SECONDS)


def begun(out: Path, process: Running) -> None:
    """Wait until run.json is written for the first time; the servers start next."""
    eventually(lambda: list(out.glob("*/run.json")) or process.poll() is not None, "a run begins", BUILD_SECONDS)


def one_finished(out: Path, process: Running) -> None:
    """Wait until a cell is finished."""

    def finished() -> bool:
        assert process.poll() is None, process.communicate()
        return any(run(out)["cells"] for _ in out.glob("*/run.json"))

    eventually(finished, "a cell is finished", BUILD_SECONDS)


def run(out: Path) -> dict[str, Any]:
    [path] = out.glob("*/run.json")
    record: dict[str, Any] = json.loads(path.read_text())
    return record


def end(process: Running) -> Ended:
    stdout, stderr = process.communicate(timeout=SECONDS)
    return Ended(process.returncode, stdout, stderr)


def nothing_left(process: Running, request: pytest.FixtureRequest, backend: str) -> None:
    assert processes_of(process.pid) == []
    if backend == "docker":
        assert things_of(request.getfixturevalue("engine"), process.pid) == []


@pytest.mark.parametrize("moment", [begun, under_way, one_finished], ids=lambda moment: moment.__name__)
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM], ids=lambda signum: signum.name)
def test_a_signal_ends_the_run_and_leaves_what_was_finished(
    moment: Any, signum: signal.Signals, backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    options = SLOW if moment is under_way else ROUNDS
    # Only the script itself shows that a signal to its process reaches the lab.
    start = lab_script_running if (moment, backend) == (begun, "local") else lab_running
    with start(*arguments(tmp_path, backend, *options)) as process:
        moment(tmp_path, process)
        process.send_signal(signum)
        ended = end(process)
    assert ended.status == 128 + signum
    assert ended.stderr.endswith(f"lab: stopped by {signum.name}\n")
    assert "Traceback" not in ended.stderr
    cells = run(tmp_path)["cells"]
    assert all(cell["verdict"] == "pass" for cell in cells)
    assert len(cells) >= 1 if moment is one_finished else not cells or moment is begun
    nothing_left(process, request, backend)
    [folder] = tmp_path.iterdir()
    again = lab("compare", "--replay", folder)
    assert again.status == 4 and "The run was stopped early" in " ".join(again.stdout.split())
    if moment is one_finished:
        assert f" of 50 cells finished; what is recorded is in {folder}\n" in ended.stderr


def test_a_signal_at_the_very_end_changes_nothing(tmp_path: Path) -> None:
    options = ("--pace", "0.3", "--late-budget", "500", "--scenarios", "accents", "--no-install")
    with lab_running(*arguments(tmp_path, "local", *options)) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "[1/1] accents · honest: pass\n"
        process.send_signal(signal.SIGTERM)
        ended = end(process)
    assert ended.status in (0, 128 + signal.SIGTERM)
    assert [cell["verdict"] for cell in run(tmp_path)["cells"]] == ["pass"]
    assert processes_of(process.pid) == []


@pytest.fixture
def bystanders(backend: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A process that is not the lab's, and with docker also a container; returns whether they still run."""
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as process:
        if backend == "local":
            yield lambda: process.poll() is None
        else:
            engine = request.getfixturevalue("engine")
            compare(request.getfixturevalue("tmp_path") / "build", "--scenarios", "accents", backend="docker")
            image = "slow-poetry-lab/python"
            container = engine.containers.run(image, ["sleep", "1000"], detach=True, network_mode="none", init=True)

            def there() -> bool:
                container.reload()
                return process.poll() is None and container.status == "running"

            yield there
            container.remove(force=True)
        process.kill()


def test_the_next_run_removes_what_a_killed_lab_left_and_nothing_else(
    backend: str, bystanders: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    # The child of this client does not end by itself when the servers and the lab have died.
    staying = ("--client", WRONG / "leaves-children", "--scenarios", "accents", "--backend", backend, "--pace", "3")
    with lab_running("compare", *staying, "--out", tmp_path / "killed", "--no-install") as process:
        eventually(
            lambda: any(log.stat().st_size for log in tmp_path.glob("killed/*/cells/*/*/*/1/send-log.ndjson")),
            "a cell is under way",
            BUILD_SECONDS,
        )
        # Other labs on this machine may sweep at the same time; the test must not depend on that.
        if backend == "local":
            assert processes_of(process.pid, "client")
        else:
            assert things_of(request.getfixturevalue("engine"), process.pid)
        workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.kill()
        process.wait()
    assert workers
    eventually(lambda: not any(alive(int(pid)) for pid in workers), "its workers have ended", BUILD_SECONDS)
    assert compare(tmp_path / "next", "--scenarios", "accents", backend=backend).status == 0
    nothing_left(process, request, backend)
    assert bystanders()


def test_a_lab_whose_server_program_is_killed_ends_with_a_clear_message(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with lab_running(*arguments(tmp_path, backend, *SLOW)) as process:
        under_way(tmp_path, process)
        if backend == "docker":
            engine = request.getfixturevalue("engine")
            labels = [f"{ownership.ROLE_LABEL}=servers", ownership.LABEL]
            pods = engine.containers.list(filters={"label": labels}, ignore_removed=True)
            [pod] = [one for one in pods if of_lab(process.pid)(one.labels[ownership.LABEL])]
            pod.kill()
        else:
            [servers] = processes_of(process.pid, "servers")
            os.kill(servers, signal.SIGKILL)
        ended = end(process)
    assert ended.status == 4
    # In a container either the program's end is seen first or the container's.
    said = ended.stderr.splitlines()[-1]
    assert said.startswith(("lab: the twisted server program ended", "lab: the servers' container has ended")), said
    assert "Traceback" not in ended.stderr
    assert run(tmp_path)["cells"] == []
    nothing_left(process, request, backend)


def test_two_labs_at_once_are_both_right(backend: str, tmp_path: Path) -> None:
    options = ("--pace", "0.3", "--late-budget", "500", "--scenarios", "accents,reset", "--no-install")
    with (
        lab_running(*arguments(tmp_path / "one", backend, *options)) as one,
        lab_running(*arguments(tmp_path / "two", backend, *options)) as two,
    ):
        assert [end(one).status, end(two).status] == [0, 0]


@pytest.mark.parametrize(("client", "status"), [("honest", 0), ("swallows-reset", 1)])
def test_a_replay_says_the_same_even_if_the_folder_was_moved(client: str, status: int, tmp_path: Path) -> None:
    first = compare(tmp_path / "runs", "--scenarios", "reset,accents", client=client)
    [folder] = (tmp_path / "runs").iterdir()
    shutil.move(folder, tmp_path / "moved")
    again = lab("compare", "--replay", "moved", "--json", cwd=tmp_path)
    assert first.status == again.status == status
    assert again.run == first.run
    assert "as recorded" in again.stderr
