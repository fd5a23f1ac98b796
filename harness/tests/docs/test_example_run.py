"""The run that the README shows stands in the tree: judged again and shown as on the page, with `./lab` alone."""

from __future__ import annotations

from pathlib import Path

from lab_process import lab

from harness.paths import ROOT
from harness.record.archive import run_folder_of

RUN = ROOT / "docs" / "example-run.zip"


def test_its_replay_is_what_was_recorded() -> None:
    ended = lab("compare", "--replay", RUN, "--json")
    assert (ended.status, ended.stdout) == (0, (run_folder_of(RUN) / "run.json").read_text("utf-8")), ended.stderr
    assert ended.stderr.endswith("as recorded\n")


def test_its_table_is_the_one_on_the_page() -> None:
    table = lab("compare", "--replay", RUN).stdout
    recorded = (ROOT / "docs" / "example-run.txt").read_text("utf-8")
    assert table.rpartition("The evidence is in")[0] == recorded.rpartition("The evidence is in")[0]
    shown = (ROOT / "README.md").read_text("utf-8").partition("$ ./lab compare\n")[2].partition("```")[0]
    parts = [part for part in shown.strip().split("\n\n") if part]
    assert len(parts) > 4
    for part in parts:
        assert part in recorded


def test_it_can_be_shown_side_by_side_and_as_a_page(tmp_path: Path) -> None:
    clients = "python-blocking,erlang-processes,haskell-announcing"
    shown = lab("demo", "--replay", RUN, "--clients", clients, "--pace", "0.1")
    assert shown.status == 0, shown.stderr
    assert shown.stdout.count("exit 0") == 3
    assert lab("report", RUN, "--out", tmp_path / "report.html").status == 0
    assert (tmp_path / "report.html").stat().st_size < 2_000_000
