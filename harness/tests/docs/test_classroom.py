"""The page for teachers: its files for GitHub and GitLab are valid, and its commands are run as they are written."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from lab_process import LAB, QUICK, SECONDS, WRONG
from ruamel.yaml import YAML

from harness.paths import ROOT

PAGE = (ROOT / "docs" / "classroom.md").read_text("utf-8")
GITHUB, GITLAB = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
[SHELL] = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
STUDENT = f'#!/bin/sh\nexec {sys.executable} {WRONG / "drops-byte" / "client.py"} "$@"\n'


def data(text: str) -> Any:
    return YAML(typ="safe").load(text)


@pytest.mark.parametrize(("text", "schema"), [(GITHUB, "github-workflows"), (GITLAB, "gitlab-ci")])
def test_the_files_are_valid_by_the_published_schemas(tmp_path: Path, text: str, schema: str) -> None:
    (tmp_path / "file.yml").write_text(text)
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", tmp_path / "file.yml"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflow_looks_for_the_lab_where_it_puts_it() -> None:
    steps = data(GITHUB)["jobs"]["run-autograding-tests"]["steps"]
    [place] = [
        step["with"]["path"] for step in steps if "path" in step.get("with", {}) and "repository" in step["with"]
    ]
    runs = [step["run"] for step in steps if "run" in step]
    assert len(runs) == 2 and all(run.startswith(f"{place}/lab exercise ") for run in runs)
    assert data(GITLAB)["exercise"]["before_script"][-1].split()[-1] == place


def written(parent: Path, commands: list[str], **variables: str) -> list[int]:
    """The statuses of these commands in a student's checkout, with the lab beside it, made quick."""
    for place in (parent / "lab", parent / "slow-poetry-lab" / "lab"):
        place.parent.mkdir(exist_ok=True)
        quick = f"exec {shlex.quote(LAB)} exercise {' '.join(QUICK)} --name"
        place.write_text(f'#!/bin/sh\nshift\n{quick} "$@"\n')
        place.chmod(0o755)
    (parent / "get-poetry").write_text(STUDENT)
    (parent / "get-poetry").chmod(0o755)
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT / "python"), **variables}
    return [
        subprocess.run(
            ["sh", "-ec", each], cwd=parent, env=environment, capture_output=True, timeout=SECONDS
        ).returncode
        for each in commands
    ]


def test_the_commands_say_by_their_status_and_as_junit_that_an_exercise_is_not_solved(tmp_path: Path) -> None:
    steps = data(GITHUB)["jobs"]["run-autograding-tests"]["steps"]
    [whole_poem, *_] = [step["run"] for step in steps if "run" in step]
    job = data(GITLAB)["exercise"]
    assert written(tmp_path, [whole_poem, SHELL]) == [1, 1]
    assert written(tmp_path, job["script"], EXERCISE=job["parallel"]["matrix"][0]["EXERCISE"][1]) == [1]
    names = ["whole-poem.xml", job["artifacts"]["reports"]["junit"]]
    for name in names:
        failures = ElementTree.parse(tmp_path / name).findall(".//failure")
        assert "bytes-missing" in {failure.get("type") for failure in failures}
    # A trait that nothing shows is a failure, too.
    assert failures[-1].get("type") == "expected"
