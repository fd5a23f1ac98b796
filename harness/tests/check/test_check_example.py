"""The example of `docs/your-own-client.md`: each step is told what the page says, and the last one is right."""

from __future__ import annotations

import re
import shutil
import textwrap
from pathlib import Path

import pytest
from check_process import check

from harness.paths import ROOT

PAGE = (ROOT / "docs" / "your-own-client.md").read_text("utf-8")
EXAMPLES = ROOT / "docs" / "examples"
EMPTY = ROOT / "harness" / "check" / "templates" / "get-poetry.pl"


def blocks(page: str) -> list[str]:
    """The indented blocks of a page, and its Perl."""
    return re.findall(r"(?:^    .*\n|^\n(?=    ))+", page, re.MULTILINE) + re.findall(
        r"```perl\n(.*?)```", page, re.DOTALL
    )


def quoted(heading: str) -> list[str]:
    """What the page quotes of the output below this heading, cut where it leaves something out."""
    [block] = [block for block in blocks(PAGE) if f"    == {heading}\n" in block]
    text = block[block.index(f"    == {heading}\n") :].split("\n\n")[0]
    text = re.sub(r"^ *again .*$", "", text, flags=re.MULTILINE)  # it depends on where one stands
    # Times are this machine's.
    text = re.sub(r"after \d+\.\d s", "...", " ".join(text.split()))
    return [part.strip(" .") for part in text.split("...") if part.strip(" .")]


@pytest.mark.parametrize(
    ("program", "heading"),
    [
        (EMPTY, "trio: fail, poem-missing"),
        (EXAMPLES / "get-poetry-step-3.pl", "reset: fail, truncation-swallowed"),
        (EXAMPLES / "get-poetry-step-3.pl", "one-down: fail, exit-lies"),
    ],
    ids=["empty", "reset", "one-down"],
)
def test_a_step_is_told_what_the_page_says(program: Path, heading: str, tmp_path: Path) -> None:
    shutil.copy(program, tmp_path / "get-poetry.pl")
    told = check(
        tmp_path, "--scenarios", heading.split(":")[0], "--", "perl", "get-poetry.pl", cwd=tmp_path, brief=True
    )
    said = told.sections[heading]
    for part in quoted(heading):
        assert part in said


def test_one_read_is_told_to_be_too_few(tmp_path: Path) -> None:
    told = check(tmp_path, "--scenarios", "trio", "--", "perl", EXAMPLES / "get-poetry-step-2.pl", cwd=tmp_path)
    advice = "One read is not the whole poem: read until a read returns 0 bytes."
    assert advice in " ".join(PAGE.split())
    assert advice in told.sections["trio: fail, poem-cut-short"]


def test_every_scenario_has_the_line_that_the_page_says(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "get-poetry-step-3.pl", tmp_path / "get-poetry.pl")
    told = check(tmp_path, "--", "perl", "get-poetry.pl", cwd=tmp_path, brief=True)
    [block] = [block for block in blocks(PAGE) if "FAIL       one-down: exit-lies" in block]
    lines = [line.removeprefix("    ") for line in block.splitlines() if line.startswith(("    ok ", "    FAIL "))]
    assert len(lines) > 3
    assert [line for line in lines if line not in told.stdout.splitlines()] == []


def test_what_was_expected_is_told_as_on_the_page(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "get-poetry.pl", tmp_path)
    wanted = ("--pace", 1, "--scenarios", "trio", "--expect", "connects=together,flush=live,delivery=streams")
    told = check(tmp_path, *wanted, "--", "perl", "get-poetry.pl", cwd=tmp_path, brief=True)
    heading = "trio: not as expected, trait-delivery"
    for part in quoted(heading):
        assert part in told.sections[heading]
    [block] = [block for block in blocks(PAGE) if "What was expected of it:" in block]
    assert textwrap.dedent(block[block.index("    What was") :]).strip() in told.stdout


def test_the_last_step_keeps_the_contract_and_is_told_as_on_the_page(tmp_path: Path) -> None:
    told = check(tmp_path, "--pace", 1, "--", "perl", EXAMPLES / "get-poetry.pl", cwd=tmp_path)
    assert told.status == 0, told
    *_, block = (block for block in blocks(PAGE) if "All 13 passed" in block)
    for line in block.splitlines():
        if line.strip() and not line.strip().startswith("time"):
            assert line.removeprefix("    ") in told.stdout


def test_the_code_on_the_page_is_that_of_the_programs() -> None:
    programs = "".join(path.read_text("utf-8") for path in EXAMPLES.glob("get-poetry*.pl"))
    codes = re.findall(r"```perl\n(.*?)```", PAGE, re.DOTALL)
    assert len(codes) == 3
    for code in codes:
        assert code in programs
