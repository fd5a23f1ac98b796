"""Cells side by side: which of them overlap, that no verdict changes by it, and what happens if a worker dies."""

from __future__ import annotations

import itertools
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from lab_process import BUILD_SECONDS, WRONG, Ended, eventually, lab, lab_running, processes_of

HONEST = ("--client", WRONG / "honest", "--backend", "local", "--no-install")
LATE = ("--late-budget", "5000")

Cell = dict[str, Any]


def compared(out: Path, *more: object) -> Ended:
    return lab("compare", *HONEST, "--out", out, "--json", *more)


def overlapping(cells: list[Cell]) -> list[tuple[Cell, Cell]]:
    return [
        (one, other)
        for one, other in itertools.combinations(cells, 2)
        if one["started"] < other["ended"] and other["started"] < one["ended"]
    ]


def test_cells_run_at_the_same_time_unless_there_is_one_job(tmp_path: Path) -> None:
    chosen = ("--scenarios", "trio,accents,burst", *LATE)
    together, alone = (compared(tmp_path, *chosen, "--jobs", jobs).run for jobs in (3, 1))
    assert (together["provenance"]["jobs"], alone["provenance"]["jobs"]) == (3, 1)
    assert len(overlapping(together["cells"])) == 3
    assert overlapping(alone["cells"]) == []


def test_the_cells_are_in_the_order_of_the_plan_whichever_ends_first(tmp_path: Path) -> None:
    run = compared(tmp_path, "--scenarios", "trio,burst,accents", "--rounds", 2, *LATE).run
    assert [(cell["round"], cell["scenario"]) for cell in run["cells"]] == [
        (round_, name) for round_ in (1, 2) for name in ("trio", "burst", "accents")
    ]


def test_a_large_scenario_has_the_machine_for_itself(tmp_path: Path) -> None:
    run = compared(tmp_path, "--scenarios", "crowd,trio,accents", "--tasks", 150, *LATE).run
    assert [cell["verdict"] for cell in run["cells"]] == ["pass"] * 3
    [[one, other]] = overlapping(run["cells"])
    assert "crowd" not in (one["scenario"], other["scenario"])


def test_a_disturbed_cell_is_run_again_after_the_others_and_alone(tmp_path: Path) -> None:
    # No server can be so punctual, so every attempt counts as disturbed.
    ended = compared(tmp_path, "--scenarios", "burst,accents", "--pace", 0.3, "--late-budget", 0.000001)
    assert ended.status == 4
    assert [(cell["verdict"], cell["attempt"]) for cell in ended.run["cells"]] == [("lab-error", 3)] * 2
    assert overlapping(ended.run["cells"]) == []
    assert ended.stderr.count("it will be run again, alone") == 4
    for name in ("burst", "accents"):
        attempts = next(tmp_path.glob("*/cells/twisted")) / name / "honest"
        assert sorted(path.name for path in attempts.iterdir()) == ["1", "1.2", "1.3"]


def test_side_by_side_changes_no_verdict_and_no_trait(tmp_path: Path) -> None:
    # Of each kind one: right, wrong, and two whose traits depend on time.
    names = ("honest", "swallows-reset", "sequential", "holds-reports")
    clients = [word for name in names for word in ("--client", WRONG / name)]
    chosen = (*clients, "--scenarios", "trio,reset", "--pace", 1, "--backend", "local", *LATE)

    def told(jobs: int) -> dict[tuple[str, str], tuple[Any, ...]]:
        words = ("compare", *chosen, "--no-install", "--out", tmp_path, "--json", "--jobs", jobs)
        run = lab(*words).run
        keys = ("verdict", "expected", "axes")
        return {(c["client"], c["scenario"]): (*(c[key] for key in keys), c["reason"]["code"]) for c in run["cells"]}

    beside, alone = told(8), told(1)
    # The tests themselves keep the machine busy, and then the lab may say that a client got no processor.
    judged = [place for place in beside if "starved" not in (beside[place][-1], alone[place][-1])]
    assert len(judged) >= len(beside) / 2
    assert {place: beside[place] for place in judged} == {place: alone[place] for place in judged}


@pytest.mark.parametrize("jobs", ["0", "65", "many"])
def test_a_bad_number_of_jobs_is_refused(tmp_path: Path, jobs: str) -> None:
    ended = lab("compare", *HONEST, "--out", tmp_path, "--jobs", jobs)
    assert ended.status == 2
    assert f"--jobs {jobs}" in ended.stderr or f"--jobs '{jobs}'" in ended.stderr


def test_a_bad_number_in_the_environment_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLOW_POETRY_LAB_JOBS", "many")
    lab("compare", *HONEST, "--out", tmp_path).refused(2, "SLOW_POETRY_LAB_JOBS='many'", "from 1 to 64")


def test_if_a_worker_is_killed_the_run_ends_and_keeps_what_is_done(tmp_path: Path) -> None:
    words = ("compare", *HONEST, "--scenarios", "accents", "--rounds", 40, "--jobs", 2, "--out", tmp_path, *LATE)
    with lab_running(*words) as process:

        def finished() -> bool:
            return any(json.loads(path.read_text())["cells"] for path in tmp_path.glob("*/run.json"))

        eventually(finished, "a cell is finished", BUILD_SECONDS)
        workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(workers[-1]), signal.SIGKILL)
        _, told = process.communicate(timeout=BUILD_SECONDS)
    assert process.returncode == 4
    assert told.splitlines()[-1] == (
        "lab: a worker process of the lab has ended, although the lab did not stop it; run again"
    )
    assert not processes_of(process.pid)
    [path] = tmp_path.glob("*/run.json")
    assert json.loads(path.read_text())["cells"]


def test_a_finished_cell_is_saved_while_a_longer_one_runs(tmp_path: Path) -> None:
    chosen = ("--scenarios", "trio,tiny,burst", "--pace", 2, "--jobs", 3, *LATE)
    with lab_running("compare", *HONEST, "--out", tmp_path, *chosen) as process:
        assert process.stderr is not None
        told = [process.stderr.readline() for _ in range(2)]
        assert [line[:5] for line in told] == ["[1/3]", "[2/3]"]
        [file] = tmp_path.glob("*/run.json")
        eventually(lambda: len(json.loads(file.read_text())["cells"]) >= 2, "two cells in run.json")
        process.kill()
