"""An engine that does not answer: where the lab asked, what came and what to do, told of real sockets."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from lab_process import lab
from other_user import as_nobody

from harness.backend.docker.engine import engine_answers
from harness.backend.silence import unreachable


def asked(host: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.setenv("DOCKER_HOST", host)
    silence = engine_answers()
    assert silence is not None and silence.asked == host
    return silence.came, silence.remedy


def test_a_port_where_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        came, remedy = asked(f"tcp://127.0.0.1:{bound.getsockname()[1]}", monkeypatch)
    assert came == "connection refused: no engine listens there" and "DOCKER_HOST" in remedy


def test_a_socket_on_which_nobody_listens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead"))
    came, remedy = asked(f"unix://{tmp_path}/dead", monkeypatch)
    assert came.startswith("refused") and "systemctl start docker" in remedy


def test_no_socket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    came, remedy = asked(f"unix://{tmp_path}/none", monkeypatch)
    assert came.startswith("there is no such socket") and remedy


def test_a_server_that_is_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        program = "import socket, sys; s = socket.socket(fileno=int(sys.argv[1]))\nwhile True: s.accept()[0].close()"
        command = [sys.executable, "-c", program, str(listener.fileno())]
        with subprocess.Popen(command, pass_fds=[listener.fileno()]) as process:
            came, _ = asked(address, monkeypatch)
            process.kill()
    assert came == "it has closed the connection, or is gone"


@pytest.mark.parametrize(
    ("host", "came"),
    [
        ("nonsense", "this is not an address"),
        ("tcp://127.0.0.1", "this is not an address"),
        ("tcp://127.0.0.1:many", "this is not an address"),
        ("ssh://nobody@127.0.0.1", "the lab does not use ssh"),
    ],
)
def test_an_address_that_the_lab_cannot_use(host: str, came: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(host, monkeypatch)[0] == came


def test_a_socket_that_the_user_must_not_use(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(f"/tmp/slow-poetry-lab-test-{os.getpid()}")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        try:
            path.chmod(0)
            told = as_nobody(lambda: str(unreachable()))
        finally:
            path.unlink()
    assert re.fullmatch(r"unix://\S+: permission denied: the user \S+ is not in the group \S+", told)


def test_the_user_is_told_in_three_lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none")
    ended = lab("compare", "--backend", "docker", "--scenarios", "accents", "--clients", "python-asyncio")
    assert (ended.status, ended.stdout) == (4, "")
    first, *lines = ended.stderr.splitlines()
    assert first == "lab: no container engine answers"
    assert [line.split()[0] for line in lines] == ["asked", "answer", "to"]
    assert f"unix://{tmp_path}/none (from DOCKER_HOST)" in lines[0] and "use --backend local" in lines[2]
