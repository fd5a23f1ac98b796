"""The worker processes: a worker that cannot end by itself does not keep the lab from its own end."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from lab_process import eventually

from harness.backend import Ready
from harness.compare import pool
from harness.compare.worker import Shared, Worker
from harness.record.run_folder import RunFolder

FOR_EVER = 1000


class Stop(Exception):
    """What ends the block of a pool."""


def never_ends(worker: Worker, note: Path) -> None:
    """Work that is under way when the lab stops; the clean-up after it waits for ever."""
    worker._stack.callback(time.sleep, FOR_EVER)
    note.touch()
    time.sleep(FOR_EVER)


def test_a_worker_whose_clean_up_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "STOP_SECONDS", 1)
    note, began = tmp_path / "note", time.monotonic()
    shared = Shared("local", "label", Ready(), RunFolder.create(tmp_path, "run"), {}, {}, {}, {}, 20.0)
    with pytest.raises(Stop), pool.pool(shared, 1) as workers:
        workers.submit(never_ends, note)
        eventually(note.exists, "the work is under way")
        raise Stop
    assert time.monotonic() < began + FOR_EVER / 2
