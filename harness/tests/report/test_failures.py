"""The failure matrix: each entry is what the cell shows and has a sentence; docs/failures.md has what is printed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from evidence_maker import LAG, ONE_DOWN, RESET, ROSE, STALL, START, TRIO, TYGER, cell, client, evidence, not_run
from lab_process import lab
from run_maker import recorded

from harness.backend import Exit
from harness.compare.options import Options, selected, selected_servers
from harness.judge.stability import stability
from harness.paths import ROOT
from harness.record.evidence import Evidence
from harness.record.run_folder import RunFolder, scenarios_of
from harness.report.failures import failures, sentence
from harness.report.recorded import RecordedCell, RecordedRun, read_recorded
from harness.spec import scenario_file as scenarios
from harness.spec.client import Client
from harness.spec.scenario import Scenario, Server

KEPT = ROOT / "docs" / "failures-run.zip"
GOOD, BAD = client(name="good"), client(name="bad")
PLAIN = replace(TRIO, name="plain")
DOWN, CUT, SILENT = (replace(made, name=name) for made, name in ((ONE_DOWN, "down"), (RESET, "cut"), (STALL, "silent")))
PART = [(START + 1.1, TYGER[:35] + b"\n"), (START + 2, ROSE + b"\n")]


def matrix(tmp_path: Path, *cells: tuple[Client, Evidence]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The rows by client, and the sentences by key."""
    folder = recorded(tmp_path, *cells)
    folder.run["provenance"] = {"backend": "local", "cores": 2}
    return parsed(failures(read(folder.path, folder.run)))


def read(path: Path, run: dict[str, Any]) -> RecordedRun:
    """The run as reports get it; made without `read_recorded`, because its run.json is too short for the schema."""
    cells = [RecordedCell(record) for record in run["cells"]]
    return RecordedRun(run, scenarios_of(RunFolder(path, run)), cells)


def parsed(text: str) -> tuple[dict[str, list[str]], dict[str, str]]:
    lines = [[part.strip() for part in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    rows = {row[0]: row[1:] for row in lines if not row[0].startswith("-")}
    return rows, dict(re.findall(r"^- `(\w+)` (.*)$", text, re.MULTILINE))


def test_only_scenarios_with_a_fault_are_columns(tmp_path: Path) -> None:
    rows, _ = matrix(tmp_path, *[(GOOD, evidence(made)) for made in (PLAIN, DOWN, CUT, SILENT)])
    assert rows["client"] == ["down", "cut", "silent"]
    assert len(rows["good"]) == 3


def test_a_run_without_faults_has_a_sentence_instead_of_a_matrix(tmp_path: Path) -> None:
    folder = recorded(tmp_path, (GOOD, evidence(PLAIN)))
    assert failures(read(folder.path, folder.run)) == "This run has no scenario with a fault.\n"


def test_clients_that_did_the_same_have_the_same_key_and_others_have_another(tmp_path: Path) -> None:
    third = client(name="third")
    rows, said = matrix(
        tmp_path,
        (GOOD, evidence(CUT)),
        (third, evidence(CUT)),
        (BAD, evidence(CUT, stdout=PART, failures=[], status=0)),
    )
    assert (rows["good"], rows["third"], rows["bad"]) == (["a"], ["a"], ["b!"])
    assert said["a"] == (
        "All other poems are printed completely; the break is noticed; nothing of the broken poem is printed; "
        "standard error names exactly the addresses that failed; exit 1, as it should be."
    )
    assert said["b"] == (
        "**fail** (truncation-swallowed); all other poems are printed completely; the break is taken for the end of "
        "the poem; the part of the broken poem that arrived is printed; standard error does not name exactly the "
        "addresses that failed; exit 0, not as it should be."
    )


def test_an_entry_has_the_seconds_until_the_client_gave_up(tmp_path: Path) -> None:
    rows, said = matrix(tmp_path, (GOOD, evidence(SILENT)))
    assert rows["good"] == [f"a, {0.5 + LAG:.2f} s"]
    assert "the connection to the silent server is closed in time" in said["a"]


def test_a_new_time_is_shown_and_explained_by_its_name(tmp_path: Path) -> None:
    folder = recorded(tmp_path, (GOOD, evidence(DOWN)))
    folder.run["provenance"] = {"backend": "local", "cores": 2}
    folder.run["cells"][0]["metrics"]["noticed_ms"] = 12.4
    printed = failures(read(folder.path, folder.run))
    assert parsed(printed)[0]["good"] == ["a, 12 ms"]
    assert "\n- noticed\\_ms.\n" in printed


def test_a_client_that_loses_the_other_poems_has_another_key_than_one_that_keeps_them(tmp_path: Path) -> None:
    rows, said = matrix(tmp_path, (GOOD, evidence(DOWN)), (BAD, evidence(DOWN, accepts={}, stdout=[])))
    assert (rows["good"], rows["bad"]) == (["a"], ["b!"])
    assert said["b"].startswith("**fail** (others-lost); other poems are lost as well;")


def test_a_known_failure_is_said_to_be_declared() -> None:
    known = client(known=[("cut", "exit-lies")])
    text = sentence(cell(known, evidence(CUT, status=0)))
    assert text.startswith("**fail**, as declared (exit-lies); ")


def test_a_client_that_died_has_no_status() -> None:
    text = sentence(cell(GOOD, evidence(CUT, exit_=Exit(None, signal=9))))
    assert text.startswith("**crash** (died-by-signal); ") and text.endswith("; ended by signal 9.")


def test_a_cell_that_was_not_run_says_why() -> None:
    assert sentence(not_run(GOOD, CUT, "unsupported", "knows no *patience*")) == (
        "Not run (unsupported): knows no \\*patience\\*."
    )


def test_a_fault_of_the_lab_says_nothing_about_the_client() -> None:
    text = sentence(cell(GOOD, evidence(CUT, lateness=[1.0])))
    assert text == "The lab was at fault (servers-late), so this cell says nothing about the client."


def test_a_new_axis_is_explained_by_its_name() -> None:
    made = cell(GOOD, evidence(CUT))
    made["axes"]["hang_up"] = ["at-once"]
    assert "; hang\\_up: at-once; " in sentence(made)


def test_markup_in_a_run_stays_text(tmp_path: Path) -> None:
    evil = replace(DOWN, name="a|b", summary="<b>")
    folder = recorded(tmp_path, (GOOD, evidence(evil)))
    folder.run["provenance"] = {"backend": "local", "cores": 2}
    folder.run["cells"][0]["axes"].update(exit=["<i>"], failures=["[x](y)"])
    printed = failures(read(folder.path, folder.run))
    assert "a\\|b" in printed and "&lt;b&gt;" in printed and "&lt;i&gt;" in printed
    assert "\\[x\\](y)" in printed and not any(mark in printed for mark in ("<", "a|b", "[x]"))


def test_rounds_that_differ_are_marked(tmp_path: Path) -> None:
    folder = recorded(tmp_path, (GOOD, evidence(CUT)), (GOOD, evidence(CUT, status=0)))
    folder.run["provenance"] = {"backend": "local", "cores": 2}
    folder.run["stability"] = stability(folder.run)
    rows, _ = parsed(failures(read(folder.path, folder.run)))
    assert rows["good"] == ["a!, unstable"]


def test_the_content_of_a_scenario_tells_whether_it_has_a_fault() -> None:
    known = scenarios.discover()
    faulty = {name for name, made in known.items() if made.has_fault}
    assert faulty >= {"one-down", "reset", "stall", "cut-short", "many-down"}
    assert not faulty & {"trio", "accents", "burst", "crowd", "flood", "tiny", "empty", "crlf", "late"}
    assert not TRIO.has_fault and ONE_DOWN.has_fault
    assert Scenario("any", "any", (Server(),), (0,)).has_fault


def test_all_scenarios_with_a_fault_can_be_selected_by_one_name() -> None:
    _, chosen = selected(Options(scenarios="faults"))
    known = scenarios.discover()
    assert [made.name for made in chosen] == [n for n in scenarios.paths() if n != "big" and known[n].has_fault]
    assert known["big"].has_fault  # but it is not in the group, because it needs 60 MB


def test_all_servers_can_be_selected_by_one_name() -> None:
    assert [one.name for one in selected_servers(Options(servers="all"))] == ["twisted", "erlang", "haskell"]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The matrix that the command makes of the recorded run in `docs/failures-run`."""
    file = tmp_path_factory.mktemp("failures") / "failures.md"
    ended = lab("report", KEPT, "--failures", file)
    assert ended.status == 0, ended
    return file.read_text("utf-8")


def test_the_matrix_of_the_page_is_what_the_command_prints(printed: str) -> None:
    page = (ROOT / "docs" / "failures.md").read_text("utf-8")
    block = page.partition("<!-- failures -->\n")[2].partition("<!-- end of failures -->\n")[0]
    assert block == printed


def test_every_entry_has_its_sentence(printed: str) -> None:
    rows, said = parsed(printed)
    entries = [entry for name, row in rows.items() if name != "client" for entry in row]
    keys = {re.match(r"\w+", entry)[0] for entry in entries}  # type: ignore[index]
    assert keys == set(said) and all(told.endswith(".") for told in said.values())


def test_the_matrix_has_every_client_and_every_scenario_with_a_fault(printed: str) -> None:
    rows, _ = parsed(printed)
    clients, chosen = selected(Options(clients="all", scenarios="faults"))
    assert set(rows) - {"client"} == {one.name for one in clients}
    assert rows["client"] == [made.name for made in chosen]
    assert KEPT.stat().st_size < 200_000
    assert {made.name for made in read_recorded(KEPT).scenarios.values()} == {made.name for made in chosen}
