"""A limit that is too low is the lab's error, told before the cell begins, and never a client's failure."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from evidence_maker import TRIO, client
from lab_process import WRONG, lab

from harness.errors import LabError
from harness.run.cell import run_cell
from harness.run.resources import DISK, FILES, PORTS, QUEUE, RESOURCES, THREADS, lacking
from harness.spec.scenario import Scenario

TOGETHER = replace(TRIO, tasks=(0,) * 50 + (1, 2))


@pytest.mark.parametrize("made", [TRIO, TOGETHER])
@pytest.mark.parametrize("scarce", RESOURCES, ids=lambda one: one.name)
def test_a_limit_is_enough_or_names_itself_and_the_remedy(made: Scenario, scarce: object) -> None:
    enough = {one.name: one.needs(made) for one in RESOURCES}
    assert lacking(made, enough) is None
    told = lacking(made, {**enough, scarce.name: enough[scarce.name] - 1})
    assert told is not None
    assert told.startswith(f"it needs {enough[scarce.name]} {scarce.name}, and the limit here is ")
    assert told.endswith(scarce.remedy.format(need=enough[scarce.name]))


def test_each_task_counts() -> None:
    more = {one.name: one.needs(TOGETHER) - one.needs(TRIO) for one in (FILES, PORTS, QUEUE, THREADS)}
    assert list(more.values()) == [49, 49, 49, 0]
    assert DISK.needs(TOGETHER) > 10 * DISK.needs(TRIO)


def test_an_unknown_limit_is_no_obstacle() -> None:
    assert lacking(TOGETHER, {}) is None


def test_few_open_files_are_not_blamed_on_an_honest_client(tmp_path: Path) -> None:
    options = ("--client", WRONG / "honest", "--scenarios", "many-down,trio", "--backend", "local", "--no-install")
    ended = lab("compare", *options, "--out", tmp_path, "--json", "--late-budget", "5000", files=128)
    assert ended.status == 4
    told = {cell["scenario"]: (cell["verdict"], cell["reason"]["code"]) for cell in ended.run["cells"]}
    assert told == {"many-down": ("lab-error", "limit-too-low"), "trio": ("pass", "as-declared")}
    sentence = ended.run["cells"][0]["reason"]["sentence"]
    assert sentence == "not run, because it needs 258 open files in a process, and the limit here is 128: ulimit -n 258"


def test_doctor_names_what_the_limits_forbid() -> None:
    told = lab("doctor", "--backend", "local", "--no-install", files=200).stdout
    assert "NOT OK  the scenario many-down cannot run here\n" in told
    assert "the limit here is 200: ulimit -n 258" in told
    assert "scenario trio" not in told


def test_a_client_is_not_blamed_if_the_machine_has_no_more(tmp_path: Path) -> None:
    class Full:
        def start(self, *_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    servers = SimpleNamespace(open=lambda *_: [1, 2, 3], close=lambda: None, pod=Full())
    with pytest.raises(LabError, match="No space left on device; free some"):
        run_cell(servers, client(), TRIO, tmp_path, tmp_path)
