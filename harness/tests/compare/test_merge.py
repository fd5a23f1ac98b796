"""Shards and their merge: together they are the whole run, and what does not belong together is refused."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab_process import WRONG, Ended, lab, unstarved

from harness.compare.merge import merge
from harness.errors import LabError
from harness.record.run_folder import open_run

CLIENTS = ("honest", "sequential", "drops-byte")
CHOSEN = (*(word for name in CLIENTS for word in ("--client", WRONG / name)), "--scenarios", "trio,accents")
OPTIONS = ("--backend", "local", "--no-install", "--late-budget", "5000", "--pace", "1")


def compared(out: Path, *more: object) -> Path:
    ended = unstarved(lambda: lab("compare", *CHOSEN, *OPTIONS, "--out", out, "--json", *more))
    assert ended.status == 1, ended.stderr  # drops-byte is wrong
    return max(out.iterdir(), key=lambda path: path.stat().st_mtime_ns)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two runs that are a whole one together."""
    out = tmp_path_factory.mktemp("shards")
    return [compared(out / str(number), "--shard", f"{number}/2") for number in (1, 2)]


def merged(out: Path, *runs: object) -> Ended:
    return lab("merge", *runs, "--out", out, "--json")


def test_merged_shards_are_the_whole_run(shards: list[Path], tmp_path: Path) -> None:
    whole = json.loads((compared(tmp_path / "whole") / "run.json").read_text())
    ended = merged(tmp_path / "merged", *shards)
    assert ended.status == 1, ended.stderr

    def told(run: dict[str, Any]) -> list[tuple[Any, ...]]:
        keys = ("round", "server", "scenario", "client", "verdict", "expected", "axes")
        return [tuple(cell[key] for key in keys) for cell in run["cells"]]

    assert told(ended.run) == told(whole)
    pairs = {name: [(p["a"], p["b"]) for p in found] for name, found in ended.run["likeness"].items()}
    assert pairs == {name: [(p["a"], p["b"]) for p in found] for name, found in whole["likeness"].items()}
    assert ended.run["status"] == whole["status"] == 1
    ids = [json.loads((path / "run.json").read_text())["id"] for path in shards]
    assert [part["id"] for part in ended.run["parts"]] == ids
    assert {cell["part"] for cell in ended.run["cells"]} == set(ids)


def test_a_merged_run_is_a_run_like_others(shards: list[Path], tmp_path: Path) -> None:
    merged(tmp_path, *shards)
    [folder] = tmp_path.iterdir()
    assert "as recorded" in lab("compare", "--replay", folder).stderr
    assert lab("report", folder, "--out", tmp_path / "page.html").status == 0
    assert len(open_run(folder).run["cells"]) == 6


def test_a_zip_archive_is_merged_too(shards: list[Path], tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "one"), "zip", shards[0])
    assert len(merged(tmp_path / "out", archive, shards[1]).run["cells"]) == 6


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    record = json.loads((path / "run.json").read_text())
    change(record)
    (path / "run.json").write_text(json.dumps(record))


def test_missing_shards_are_named(shards: list[Path], tmp_path: Path) -> None:
    def of_three(run: dict[str, Any]) -> None:
        run["options"]["shard"] = {"1/2": "1/3", "2/2": "3/3"}[run["options"]["shard"]]
        # Without the wrong client, nothing but the missing shard makes the status.
        run["cells"] = [cell for cell in run["cells"] if cell["expected"]]

    runs = [Path(shutil.copytree(shard, tmp_path / shard.name)) for shard in shards]
    for run in runs:
        changed(run, of_three)
    ended = lab("merge", *runs, "--out", tmp_path / "out")
    assert ended.status == 4
    assert "1 shard missing, so the run is not complete: 2/3" in ended.stderr
    assert "missing: 2/3" in ended.stdout
    [merged] = (tmp_path / "out").iterdir()
    assert lab("compare", "--replay", merged).status == 4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda run: run["provenance"].update(commit="another"), "they were made from different commits of the lab"),
        (lambda run: run["options"].update(pace=2.0), "pace 1.0 and 2.0"),
        (lambda run: run["clients"][0].update(model="other"), "the client honest is not the same"),
        (lambda run: run["scenarios"][0].update(summary="other"), "the scenario trio is not the same"),
        (lambda run: run.update(status=None), "was stopped before its end"),
        (lambda run: run.update(parts=[]), "is merged already"),
    ],
)
def test_runs_that_do_not_belong_together_are_refused(
    shards: list[Path], tmp_path: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    other = tmp_path / "other"
    shutil.copytree(shards[1], other)
    changed(other, change)
    ended = lab("merge", shards[0], other, "--out", tmp_path / "out")
    assert ended.status == 2
    assert words in ended.stderr and "Traceback" not in ended.stderr
    assert not (tmp_path / "out").exists()


def test_other_chunks_under_the_same_name_are_refused(shards: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(shards[1], other)
    playbill = other / "scenarios" / "trio.playbill"
    playbill.write_text(playbill.read_text() + "\n")
    assert "the scenario trio is not the same" in lab("merge", shards[0], other, "--out", tmp_path / "out").stderr


def test_a_missing_playbill_is_named(shards: list[Path], tmp_path: Path) -> None:
    other = Path(shutil.copytree(shards[1], tmp_path / "other"))
    (other / "scenarios" / "trio.playbill").unlink()
    lab("merge", shards[0], other, "--out", tmp_path / "out").refused(2, "trio.playbill: No such file or directory")


def test_if_the_disk_is_full_no_folder_is_left(
    shards: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: str, target: str, **_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), target)

    monkeypatch.setattr(shutil, "copystat", full)
    with pytest.raises(LabError, match=r"cannot write the merged run to .*: No space left on device"):
        merge(shards, tmp_path, lambda line: None)
    assert not list(tmp_path.iterdir())


def test_the_same_cell_twice_is_refused(shards: list[Path], tmp_path: Path) -> None:
    ended = lab("merge", *shards, shards[0], "--out", tmp_path)
    assert ended.status == 2
    assert "both have trio · honest, round 1" in ended.stderr


@pytest.mark.parametrize("runs", [[], ["only-one"]])
def test_one_run_is_not_enough(runs: list[str], tmp_path: Path) -> None:
    ended = lab("merge", *runs, "--out", tmp_path)
    assert ended.status == 2
    assert "merge needs two runs or more" in ended.stderr


@pytest.mark.parametrize("shard", ["0/2", "3/2", "2", "a/b", "-1/2"])
def test_a_bad_shard_is_refused(shard: str, tmp_path: Path) -> None:
    ended = lab("compare", *CHOSEN, "--out", tmp_path, f"--shard={shard}")
    assert ended.status == 2
    assert "I/N" in ended.stderr


def test_a_shard_without_a_cell_selects_nothing(tmp_path: Path) -> None:
    ended = lab("compare", *CHOSEN, *OPTIONS, "--out", tmp_path, "--shard", "99/99")
    assert ended.status == 3
    assert "more shards than cells" in ended.stderr
