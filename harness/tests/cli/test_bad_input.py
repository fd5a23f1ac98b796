"""Bad input to the real `./lab`: one line that names what is wrong, the documented exit status, no traceback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab_process import QUICK, WRONG, Ended, compare, lab


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--clients", "python-asynco"], ["unknown client 'python-asynco'", "did you mean python-asyncio"]),
        (["--scenarios", "tiro"], ["unknown scenario 'tiro'", "did you mean trio"]),
        (["--scenarios", "zzz"], ["unknown scenario 'zzz'", "there are: accents, "]),
        (["--backend", "podman"], ["unknown backend 'podman'", "auto, docker, local"]),
        (["--rounds", "1000000000"], ["--rounds 1000000000", "from 1 to 1000"]),
        (["--pace", "1e308"], ["--pace 1e+308", "above 0 and at most 1000"]),
        (["--rounds", "0"], ["--rounds 0", "from 1 to 1000"]),
        (["--pace", "0"], ["--pace 0:", "above 0"]),
        (["--pace", "-1"], ["--pace -1:", "above 0"]),
        (["--pace", "nan"], ["--pace nan", "above 0"]),
        (["--pace", "inf"], ["--pace inf", "above 0"]),
        (["--tasks", "19001"], ["--tasks 19001", "from 1 to ", "may open ", " files"]),
        (["--tasks", "50", "--scenarios", "trio,reset"], ["the number of tasks is fixed in trio, reset", "crowd"]),
        (["--tasks", "-1"], ["--tasks -1", "from 1 to "]),
        (["--late-budget", "0"], ["--late-budget 0.0", "above 0"]),
        (["--late-budget", "nan"], ["--late-budget nan", "above 0"]),
        (["--client", "/nowhere"], ["/nowhere", "no manifest NAME.client.toml"]),
        (["--replay", "/nowhere"], ["/nowhere", "no such run folder"]),
        (["--replay", "/nowhere", "--clients", "python-asyncio"], ["--clients: --replay shows a run as it was"]),
        (["--replay", "/nowhere", "--late-budget", "5"], ["--late-budget: --replay shows"]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) and value[0].startswith("--") else "",
)
def test_a_bad_value_is_named(arguments: list[str], words: list[str], tmp_path: Path) -> None:
    lab("compare", "--out", tmp_path, *arguments).refused(2, *words)
    assert not list(tmp_path.iterdir())


def test_more_tasks_than_files_may_be_open_are_refused_with_the_limit(tmp_path: Path) -> None:
    ended = lab("compare", "--out", tmp_path, "--tasks", 400, files=400)
    ended.refused(2, "--tasks 400: must be from 1 to 380, because a process may open 400 files here (ulimit -n)")


@pytest.mark.parametrize(
    "arguments",
    [["--pace", "abc"], ["--rounds", "1.5"], ["--no-such-option"], ["--tasks"], ["surplus"]],
    ids=lambda arguments: "-".join(arguments),
)
def test_an_option_that_cannot_be_read_is_bad_usage(arguments: list[str], tmp_path: Path) -> None:
    lab("compare", "--out", tmp_path, *arguments).refused(2)


def test_an_unknown_task_is_named() -> None:
    lab("compose").refused(2, "compose")


@pytest.mark.parametrize("option", ["--clients", "--scenarios"])
def test_an_empty_selection_selects_nothing(option: str, tmp_path: Path) -> None:
    lab("compare", "--out", tmp_path, option, ",").refused(3, "selected")


def spoilt(folder: Path, change: Callable[[str], str]) -> Path:
    """A copy of the honest client's folder with a changed manifest."""
    shutil.copytree(WRONG / "honest", folder)
    manifest = folder / "honest.client.toml"
    manifest.write_text(change(manifest.read_text()))
    return folder


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("summary", "sumary", ["top level", "unknown key 'sumary'; did you mean 'summary'?"]),
        ('flush = "any"', 'flush = "alive"', ["at traits.flush", "alive"]),
        ('["python3", "client.py"]', '"python3 client.py"', ["at command", "array"]),
        ('name = "honest"', 'name = "other"', ["at name", "'other'", "does not match the file's name"]),
        ("schema = 1", "schema = 99", ["at schema", "1 was expected"]),
        ("[traits]", "[traits", ["not a TOML file"]),
        ('flush = "any"\n', "", ["at traits.flush"]),
    ],
    ids=["key", "value", "type", "name", "schema", "no-toml", "no-flush"],
)
def test_a_bad_manifest_is_named_with_the_place(old: str, new: str, words: list[str], tmp_path: Path) -> None:
    assert old in (WRONG / "honest" / "honest.client.toml").read_text()
    folder = spoilt(tmp_path / "client", lambda text: text.replace(old, new))
    lab("compare", "--client", folder, "--out", tmp_path / "runs").refused(2, "honest.client.toml", *words)


def test_a_client_with_the_name_of_a_lab_client_is_refused(tmp_path: Path) -> None:
    folder = spoilt(tmp_path / "client", lambda text: text.replace('"honest"', '"python-asyncio"'))
    (folder / "honest.client.toml").rename(folder / "python-asyncio.client.toml")
    lab("compare", "--client", folder, "--out", tmp_path / "runs").refused(2, "python-asyncio", "another name")


def test_two_clients_of_one_name_are_refused(tmp_path: Path) -> None:
    folder = spoilt(tmp_path / "client", str)
    arguments = ("--client", folder, "--client", WRONG / "honest", "--scenarios", "accents", "--backend", "local")
    lab("compare", *arguments, "--out", tmp_path / "runs", *QUICK).refused(2, "honest", "another name")


def test_an_out_that_is_not_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    lab("compare", "--out", tmp_path / "file").refused(2, "cannot make the run's folder", str(tmp_path / "file"))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run of one cell."""
    out = tmp_path_factory.mktemp("runs")
    assert compare(out, "--scenarios", "accents").status == 0
    [folder] = out.iterdir()
    return folder


def replay_spoilt(recorded: Path, tmp_path: Path, spoil: Callable[[Path], object]) -> Ended:
    folder = tmp_path / "run"
    shutil.copytree(recorded, folder)
    spoil(folder)
    return lab("compare", "--replay", folder)


def edit_run(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        run = json.loads((folder / "run.json").read_text())
        change(run)
        (folder / "run.json").write_text(json.dumps(run))

    return spoil


CELL = "cells/twisted/accents/honest/1"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "run.json").unlink(), ["holds no run (no run.json)"]),
        (lambda folder: (folder / "run.json").write_text('{"schema": 1,'), ["run.json", "not a JSON file"]),
        (lambda folder: (folder / "run.json").write_bytes(b"\xff\xfe"), ["run.json", "not a JSON file"]),
        (lambda folder: (folder / "run.json").write_text("[]"), ["run.json", "top level"]),
        (edit_run(lambda run: run.update(schema=99)), ["run.json", "has schema 99", "another version of the lab"]),
        (edit_run(lambda run: run["cells"][0].pop("exit_status")), ["run.json", "exit_status"]),
        (edit_run(lambda run: run["cells"][0].update(client="nobody")), ["run.json", "nobody"]),
        (edit_run(lambda run: run["cells"][0].update(scenario="nothing")), ["run.json", "nothing"]),
        (edit_run(lambda run: run["cells"][0].update(server="nobody")), ["run.json", "nobody"]),
        (edit_run(lambda run: run["scenarios"][0].update(tasks=[1, 7])), ["accents"]),
        (lambda folder: (folder / CELL / "stdout").unlink(), [f"{CELL}/stdout", "No such file"]),
        (lambda folder: (folder / CELL / "transcript.ndjson").write_text("{}\n"), [CELL, "line 1: object missing"]),
        (lambda folder: (folder / CELL / "send-log.ndjson").write_text("no json\n"), [CELL, "line 1: not JSON"]),
        (lambda folder: (folder / CELL / "send-log.ndjson").write_bytes(b"\xff\n"), [CELL, "line 1: not JSON"]),
        (lambda folder: (folder / CELL / "send-log.ndjson").write_text("[]\n"), [CELL, "line 1: expected `object`"]),
        (lambda folder: (folder / "poems" / "automne.txt").unlink(), ["automne.txt", "No such file"]),
        (lambda folder: (folder / "scenarios" / "accents.playbill").write_text("?\n"), ["playbill", "line 1"]),
        (lambda folder: (folder / "scenarios" / "accents.playbill").write_text(""), ["playbill"]),
        (lambda folder: (folder / "scenarios" / "accents.playbill").write_bytes(b"\xff"), ["playbill"]),
    ],
    ids=[
        "no-run", "half-run", "no-utf8", "a-list", "schema-99", "no-status", "client", "scenario", "server", "tasks",
        "no-stdout", "transcript", "send-log", "send-log-no-utf8", "send-log-list", "no-poem", "playbill",
        "no-playbill", "playbill-no-utf8",
    ],
)  # fmt: skip
def test_a_run_that_cannot_be_replayed_is_named(
    spoil: Callable[[Path], object], words: list[str], recorded: Path, tmp_path: Path
) -> None:
    replay_spoilt(recorded, tmp_path, spoil).refused(2, *words)


def test_evidence_outside_the_runs_folder_is_not_read(recorded: Path, tmp_path: Path) -> None:
    def point_outside(run: dict[str, Any]) -> None:
        run["cells"][0]["evidence"]["transcript"] = f"../../{recorded.parent.name}/{recorded.name}/{CELL}/stdout"

    replay_spoilt(recorded, tmp_path, edit_run(point_outside)).refused(2)


def test_changed_output_is_judged_again(recorded: Path, tmp_path: Path) -> None:
    def drop_a_byte(folder: Path) -> None:
        stdout = folder / CELL / "stdout"
        data = stdout.read_bytes()
        stdout.write_bytes(data[:40] + b"?" + data[41:])

    ended = replay_spoilt(recorded, tmp_path, drop_a_byte)
    assert ended.status == 1
    assert "otherwise than recorded in 1 cell" in ended.stderr
    assert "UNEXPECTED" in ended.stdout
