"""Wrong clients in languages that the lab has not got, and what `./lab check` tells those who wrote them."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from check_process import check

from harness.paths import ROOT

HOME = ROOT / "harness" / "tests" / "students"
STUDENTS = tomllib.loads((HOME / "students.toml").read_text("utf-8"))["students"]
INTERPRETERS = {".pl": "perl", ".sh": "bash", ".js": "node"}


@pytest.mark.parametrize("student", STUDENTS, ids=lambda student: student["file"])
def test_a_student_is_told_what_is_wrong(student: dict[str, Any], tmp_path: Path) -> None:
    interpreter = INTERPRETERS[Path(student["file"]).suffix]
    if shutil.which(interpreter) is None:
        pytest.skip(f"{interpreter} is not installed here")
    pace = ("--pace", student["pace"]) if "pace" in student else ()
    told = check(tmp_path, "--scenarios", student["scenario"], *pace, "--", interpreter, student["file"], cwd=HOME)
    assert told.status == 1, told
    [(heading, section)] = told.sections.items()
    assert heading.endswith(student.get("code", "")), told.stdout
    for words in student["says"]:
        assert words in section


def test_every_student_is_told_something() -> None:
    there = {path.name for path in HOME.iterdir()} - {"students.toml"}
    assert there == {student["file"] for student in STUDENTS}
