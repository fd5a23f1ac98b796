"""The bench of the servers: both of them play what is asked of them.  No test asserts how fast."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.audit import load
from harness.spec import server_program

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "CONNECTIONS", 20)
    monkeypatch.setattr(load, "SECONDS", 0.2)


def test_both_servers_send_every_chunk(tmp_path: Path, few: None) -> None:
    for program in load.built(tmp_path):
        late, count, cpu = load.played(program, tmp_path, 1000)
        assert count == 200 and late > 0 and cpu >= 0
        ends = [line for line in (tmp_path / "send-log.ndjson").read_text().splitlines() if '"close"' in line]
        assert len(ends) == 20


@pytest.mark.parametrize("bears", [3000, 3200, 50_000, 70_000, 390_000])
def test_the_highest_rate_is_found_to_4_percent(tmp_path: Path, bears: float, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[float] = []

    def played(program: object, folder: Path, rate: float) -> tuple[float, int, float]:
        tries.append(rate)
        once_late = tries.count(rate) == 1  # one pause of the machine is no fault of the server
        return load.LATE * (2 if once_late or rate > bears else 1), 1, 0.0

    monkeypatch.setattr(load, "played", played)
    found = load.max_rate(server_program.discover()[server_program.REFERENCE], tmp_path)
    assert found == 0 if bears == 3000 else bears / 1.045 < found <= bears
    assert all(tries.count(rate) == load.TRIES for rate in tries if rate > bears)


def test_nothing_is_measured_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert load.load().startswith("servers against a plain epoll loop: not measured, because cc failed: ")
