"""The bench of the servers: both of them play what is asked of them.  No test asserts how fast."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.audit import load

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


def test_the_rates_rise_until_a_server_is_too_late(tmp_path: Path, few: None, monkeypatch: pytest.MonkeyPatch) -> None:
    _, plain = load.built(tmp_path)
    late = {100: 0.001, 200: 0.004, 400: 0.006, 800: 0.001}
    asked: list[float] = []

    def played(program: object, folder: Path, rate: float) -> tuple[float, int, float]:
        asked.append(rate)
        return late[round(rate)], 1, 0.0

    monkeypatch.setattr(load, "played", played)
    assert load.max_rate(plain, tmp_path, list(late)) == 200
    assert asked == [100, 200, *[400] * load.TRIES]
    assert load.max_rate(plain, tmp_path, [400]) == 0


def test_nothing_is_measured_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert load.load().startswith("servers against a plain epoll loop: not measured, because cc failed: ")
