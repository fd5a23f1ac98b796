"""`./lab new-client`: what it makes is declared as it should be, and fails `./lab check` for the right reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from check_process import check
from lab_process import lab

from harness.backend.base_image import BASE
from harness.check.new_client import templates
from harness.spec import client as clients


@pytest.mark.parametrize("language", templates())
def test_an_empty_client_says_that_it_is_not_written_yet(language: str, tmp_path: Path) -> None:
    made = lab("new-client", "mine", "--language", language, cwd=tmp_path)
    assert made.status == 0, made
    assert made.stdout.splitlines()[-1].endswith("/lab check --client mine")
    mine = clients.from_outside(tmp_path / "mine")["mine"]
    assert mine.language == language
    assert (tmp_path / "mine" / mine.command[-1]).stat().st_mode & 0o111
    if shutil.which(mine.command[0]) is None:
        pytest.skip(f"{mine.command[0]} is not installed here")
    options = ("--client", "mine", "--backend", "local", "--scenarios", "accents")
    told = check(tmp_path, *options, cwd=tmp_path)
    assert told.status == 1
    section = told.sections["accents: fail, poem-missing"]
    assert "No connection came to any server" in section
    assert "with status 1; your last message was 'not written yet'" in section


def test_in_a_container_it_says_the_same(tmp_path: Path, engine: object) -> None:
    tmp_path.chmod(0o755)
    assert lab("new-client", "mine", "--language", "perl", cwd=tmp_path).status == 0
    options = ("--client", "mine", "--backend", "docker", "--scenarios", "accents")
    told = check(tmp_path, *options, cwd=tmp_path)
    assert "your last message was 'not written yet'" in told.sections["accents: fail, poem-missing"]


def test_the_templates_that_need_no_language_of_the_lab_use_its_base_image() -> None:
    assert {name for name, one in templates().items() if one["image"] == BASE} == {"perl", "shell"}


def test_nothing_of_a_folder_that_is_in_use_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "get-poetry.pl").write_text("precious")
    ended = lab("new-client", "mine", "--language", "perl", "--folder", tmp_path)
    ended.refused(2, "get-poetry.pl: already exists; nothing was changed")
    assert [path.name for path in tmp_path.iterdir()] == ["get-poetry.pl"]
    assert (tmp_path / "get-poetry.pl").read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["needs a name"]),
        (["mine"], ["--language", "perl"]),
        (["mine", "--language", "perll"], ["'perll'", "did you mean perl"]),
        (["mine", "--language", "perl,shell"], ["one language only"]),
        (["My Client", "--language", "perl"], ["'My Client'", "lower-case letters"]),
        (["python-asyncio", "--language", "perl"], ["'python-asyncio'", "choose another"]),
        (["mine", "--language", "perl", "--folder", "/dev/null/x"], ["/dev/null", "Not a directory"]),
    ],
)
def test_bad_usage_is_told_in_one_line(arguments: list[str], words: list[str]) -> None:
    lab("new-client", *arguments).refused(2, *words)
