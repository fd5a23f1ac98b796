"""The README is short, and the pages leave nothing out: no task, client, scenario or key; their commands exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from invoke.collection import Collection
from markdown_it import MarkdownIt

import tasks
from harness.paths import ROOT, SCHEMAS
from harness.spec import client
from harness.spec import scenario_file as scenarios

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
TASKS: dict[str, Any] = {task.name: task for task in Collection.from_module(tasks).tasks.values()}
# Programs that the bootstrap starts without invoke.
PROGRAMS = re.findall(r"^    (\w+(?: \| \w+)*)\)$", (ROOT / "lab").read_text("utf-8"), re.MULTILINE)[0].split(" | ")


def first_cells(page: str, heading: str = "") -> str:
    """The first cell of every row of a page's tables, one a line; with a heading, of those below it."""
    text = (DOCS / page).read_text("utf-8")
    if heading:
        text = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return "\n".join(re.findall(r"^\| (.*?) \|", text, re.MULTILINE))


def commands(text: str) -> Iterator[list[str]]:
    """The words of every `./lab TASK ...` in a page's code, up to a comment or another command."""
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        codes = [token.content] if token.type in ("fence", "code_block") else []
        codes += [piece.content for piece in token.children or [] if piece.type == "code_inline"]
        for code in codes:
            for words in re.findall(r"\.\.?/lab ([a-z][^\n#|;&]*)", code.replace("\n    ", "\n")):
                yield words.split()


def unknown(words: list[str]) -> list[str]:
    """What a command asks for and the lab does not know."""
    name, *others = words
    if name in PROGRAMS:
        return []
    if name not in TASKS:
        return [name]
    known = {f"--{spelled.replace('_', '-')}" for option in TASKS[name].get_arguments() for spelled in option.names}
    own = others[: others.index("--")] if "--" in others else others
    asked = [word.strip(",.").partition("=")[0] for word in own if word.startswith("--")]
    return [f"{name} {word}" for word in asked if word not in {*known, "--help"}]


def test_the_readme_is_short() -> None:
    assert len(PAGES[0].read_text("utf-8").splitlines()) <= 150


@pytest.mark.parametrize("name", [*TASKS, *PROGRAMS])
def test_every_task_stands_in_the_page_of_tasks(name: str) -> None:
    assert re.search(rf"`\./lab {name}\b", first_cells("tasks.md", "All tasks"))


@pytest.mark.parametrize("name", client.discover())
def test_every_client_stands_in_the_page_of_clients(name: str) -> None:
    assert f"`{name}`" in first_cells("clients.md")


@pytest.mark.parametrize("name", scenarios.paths())
def test_every_scenario_stands_in_the_page_of_scenarios(name: str) -> None:
    assert f"`{name}`" in first_cells("scenarios.md")


def test_every_key_of_a_scenario_stands_in_the_page_of_scenarios() -> None:
    schema = json.loads((SCHEMAS / "scenario.schema.json").read_text("utf-8"))
    kinds = schema["properties"]["servers"]["items"]["oneOf"]
    keys = {*schema["properties"], *schema["properties"]["client"]["properties"]}
    keys |= {key for kind in kinds for key in kind["properties"]}
    keys -= {"client", "servers"}  # they have a table each
    explained = first_cells("scenarios.md")
    assert sorted(key for key in keys if f"`{key}`" not in explained) == []


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_the_commands_of_a_page_exist(file: Path) -> None:
    assert [missing for words in commands(file.read_text("utf-8")) for missing in unknown(words)] == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("`./lab compar`", ["compar"]),
        ("    ./lab compare --no-such X  # --nor-this", ["compare --no-such"]),
        ("```sh\n./lab compare --out X || ./lab report X --no-such Y\n```", ["report --no-such"]),
        ("`./lab check --pace 3 -- perl --own-option`", []),
        ("`./lab trial --own-option`", []),
    ],
)
def test_a_command_that_does_not_exist_is_found(text: str, missing: list[str]) -> None:
    assert [name for words in commands(text) for name in unknown(words)] == missing
