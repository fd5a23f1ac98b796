"""`./lab` as a person or a script uses it: its output on both streams, and its exit status."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from lab_process import LAB, QUICK, SECONDS, WRONG, compare, lab, lab_script

TASKS = ("compare", "build", "serve", "list", "doctor", "clean", "test", "report", "diff", "lesson")
ONE_CELL = ("--scenarios", "accents", "--backend", "local", *QUICK)


def test_programs_of_the_labs_environment_can_be_run_from_anywhere(tmp_path: Path) -> None:
    ended = lab_script("python", "-c", "import sys, twisted, harness, slowpoetry; sys.exit(7)", cwd=tmp_path)
    assert (ended.status, ended.stdout, ended.stderr) == (7, "", "")
    assert lab_script("trial", "--version").stdout.startswith("Twisted version: ")


def test_without_a_task_it_lists_the_tasks() -> None:
    ended = lab_script()
    assert ended.status == 0
    assert all(f"  {task} " in ended.stdout for task in TASKS)


@pytest.mark.parametrize("task", TASKS)
def test_every_task_explains_itself(task: str) -> None:
    ended = lab(task, "--help")
    assert (ended.status, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"Usage: ./lab {task} ")
    assert lab(task, "-h") == ended


def test_every_option_of_compare_has_help() -> None:
    lines = lab("compare", "--help").stdout.partition("Options:")[2].splitlines()
    options = [line for line in lines if line.lstrip().startswith("-")]
    assert len(options) >= 13
    assert all(len(line.split("   ", 1)[-1].strip()) > 5 for line in options)


def test_the_list_names_clients_and_scenarios() -> None:
    names = lab("list").stdout.split()
    listed = json.loads(lab("list", "--json").stdout)
    assert {"python-blocking", "python-asyncio"} <= {client["name"] for client in listed["clients"]} <= set(names)
    assert {"trio", "reset", "crowd"} <= {scenario["name"] for scenario in listed["scenarios"]} <= set(names)


def test_the_table_is_on_stdout_and_the_progress_on_stderr(tmp_path: Path) -> None:
    ended = lab_script("compare", "--client", WRONG / "honest", "--out", tmp_path, *ONE_CELL)
    [folder] = tmp_path.iterdir()
    assert ended.status == 0
    assert ended.stderr == "[1/1] accents · honest: pass\n"
    assert ended.stdout.startswith(f"run {folder.name}\n")
    assert ended.stdout.endswith(f"The evidence is in {folder}\n")


def test_with_json_stdout_is_the_run_json_that_was_written(tmp_path: Path) -> None:
    ended = compare(tmp_path, "--scenarios", "accents")
    [folder] = tmp_path.iterdir()
    assert ended.run == json.loads((folder / "run.json").read_text())
    assert (ended.run["status"], ended.run["id"]) == (0, folder.name)
    for path in ended.cell["evidence"].values():
        assert (folder / path).is_file()


def test_paths_count_from_the_users_folder(tmp_path: Path) -> None:
    shutil.copytree(WRONG / "honest", tmp_path / "my client")
    ended = lab("compare", "--client", "my client", "--out", "my runs", *ONE_CELL, cwd=tmp_path)
    assert ended.status == 0
    assert len(list((tmp_path / "my runs").glob("*/run.json"))) == 1


def test_several_clients_run_in_turn_each_round_from_the_next(tmp_path: Path) -> None:
    ended = compare(tmp_path, "--client", WRONG / "sequential", "--scenarios", "accents", "--rounds", "2")
    assert [(cell["round"], cell["client"]) for cell in ended.run["cells"]] == [
        (1, "honest"),
        (1, "sequential"),
        (2, "sequential"),
        (2, "honest"),
    ]


def test_a_client_from_outside_can_be_compared_with_a_lab_client(tmp_path: Path) -> None:
    ended = compare(tmp_path, "--clients", "python-asyncio,honest", "--scenarios", "trio")
    assert ended.status == 0
    assert [cell["client"] for cell in ended.run["cells"]] == ["python-asyncio", "honest"]
    [pair] = ended.run["likeness"]["trio"]
    assert pair["likeness"] > 0.5


def test_seed_and_pace_decide_the_schedules(tmp_path: Path) -> None:
    def playbill(seed: str) -> str:
        out = tmp_path / f"{seed}-{len(list(tmp_path.iterdir()))}"
        assert compare(out, "--scenarios", "accents", "--seed", seed).status == 0
        [path] = out.glob("*/scenarios/accents.playbill")
        return path.read_text().partition("\n")[2]

    first = playbill("7")
    assert playbill("7") == first != playbill("8")


@pytest.mark.parametrize("command", ["list --json", "compare --help", ""])
def test_a_reader_that_stops_early_is_not_an_error(command: str) -> None:
    script = f"set -o pipefail; {LAB} {command} | true"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=SECONDS)
    assert done.stderr == ""
    assert done.returncode in (0, 141)


def test_the_first_line_of_a_comparison_can_be_read_alone(tmp_path: Path) -> None:
    options = f"--client {WRONG / 'honest'} --out {tmp_path} {' '.join(ONE_CELL)}"
    done = subprocess.run(
        ["bash", "-c", f"{LAB} compare {options} | head -1"], capture_output=True, text=True, timeout=SECONDS
    )
    assert done.stdout.startswith("run ")
    assert done.stderr == "[1/1] accents · honest: pass\n"
    assert len(list(tmp_path.glob("*/run.json"))) == 1


def test_an_output_that_is_full_is_reported_in_one_line() -> None:
    done = subprocess.run(["bash", "-c", f"{LAB} list >/dev/full"], capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 4
    assert done.stderr.startswith("lab: ") and done.stderr.count("\n") == 1
