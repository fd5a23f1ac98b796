"""The likeness of interleavings, over the cells of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from evidence_maker import got

from harness.judge.likeness import likenesses
from harness.record.run_folder import RunFolder
from harness.run.recorder import Transcript


def cell(
    folder: Path,
    client: str,
    labels: list[int],
    *,
    round_: int = 1,
    verdict: str = "pass",
    scenario: str = "trio",
    server: str = "twisted",
) -> dict[str, Any]:
    """A cell of run.json, with its transcript on disk: a report for each label."""
    place = folder / "cells" / server / scenario / client / str(round_)
    transcript = Transcript(place)
    for at, task in enumerate(labels):
        transcript.add(float(at), "stderr", got(task, 1))
    transcript.close()
    evidence = {"transcript": str((place / "transcript.ndjson").relative_to(folder))}
    metrics = {"reports": len(labels)}
    one = {"server": server, "client": client, "scenario": scenario, "round": round_, "verdict": verdict}
    return {**one, "metrics": metrics, "evidence": evidence}


@pytest.fixture
def alike(tmp_path):
    return lambda *cells: likenesses(RunFolder(tmp_path, {"cells": list(cells)}))


def test_every_two_clients_of_a_scenario_are_compared_once(tmp_path, alike):
    a, b, c = (cell(tmp_path, name, labels) for name, labels in [("a", [1, 2, 1, 2]), ("b", [1, 2]), ("c", [3])])
    pairs = {(pair["a"], pair["b"]): (pair["likeness"], pair["n"]) for pair in alike(a, b, c)["trio"]}
    assert pairs == {("a", "b"): (0.5, 1), ("a", "c"): (0.0, 1), ("b", "c"): (0.0, 1)}


def test_the_median_is_taken_over_the_rounds_that_both_were_run_in(tmp_path, alike):
    rounds = [[1, 2, 1, 2], [1, 1, 1, 1], [1, 2, 1, 1]]
    cells = [cell(tmp_path, "a", [1, 2, 1, 2], round_=number) for number in (1, 2, 3, 4)]
    cells += [cell(tmp_path, "b", labels, round_=number) for number, labels in enumerate(rounds, 1)]
    assert alike(*cells) == {"trio": [{"server": "twisted", "a": "a", "b": "b", "likeness": 0.75, "n": 3}]}


def test_clients_are_compared_where_they_met_the_same_servers(tmp_path, alike):
    twisted = [cell(tmp_path, name, labels) for name, labels in [("a", [1, 2]), ("b", [1, 2])]]
    erlang = [cell(tmp_path, name, labels, server="erlang") for name, labels in [("a", [1, 2]), ("b", [2, 2])]]
    pairs = alike(*twisted, *erlang)["trio"]
    assert [(pair["server"], pair["likeness"]) for pair in pairs] == [("twisted", 1.0), ("erlang", 0.5)]


def test_clients_of_different_scenarios_are_not_compared(tmp_path, alike):
    first, second = cell(tmp_path, "a", [1, 2]), cell(tmp_path, "b", [1, 2], scenario="burst")
    assert alike(first, second) == {"trio": [], "burst": []}


def test_clients_run_in_different_rounds_only_are_not_compared(tmp_path, alike):
    assert alike(cell(tmp_path, "a", [1, 2]), cell(tmp_path, "b", [1, 2], round_=2)) == {"trio": []}


@pytest.mark.parametrize("change", [{"verdict": "fail"}, {"evidence": None}, {"metrics": {"reports": 0}}])
def test_a_cell_that_failed_or_was_silent_or_not_run_is_left_out(tmp_path, alike, change):
    good, other = cell(tmp_path, "a", [1, 2]), cell(tmp_path, "b", [1, 2])
    assert alike(good, other)["trio"]
    assert alike(good, {**other, **change}) == {"trio": []}


def test_a_scenario_where_nothing_can_be_interleaved_is_left_out(tmp_path, alike):
    assert alike(cell(tmp_path, "a", [2, 2]), cell(tmp_path, "b", [2])) == {}
    assert alike(cell(tmp_path, "a", [2, 2]), cell(tmp_path, "b", [1])) != {}


def test_a_run_without_cells_has_no_likenesses(alike):
    assert alike() == {}
