"""The run that the README shows is in the repository: `./lab` alone judges it again and shows it as on the page."""

from __future__ import annotations

from pathlib import Path

from lab_process import lab

from harness.paths import ROOT
from harness.record.archive import run_folder_of

RUN = ROOT / "docs" / "example-run.zip"
KEPT = (ROOT / "docs" / "example-run.txt").read_text("utf-8")
CUT = "..."  # stands for the paragraphs that the README leaves out


def test_its_replay_is_what_was_recorded() -> None:
    ended = lab("compare", "--replay", RUN, "--json")
    assert (ended.status, ended.stdout) == (0, (run_folder_of(RUN) / "run.json").read_text("utf-8")), ended.stderr
    assert ended.stderr.endswith("as recorded\n")


def test_its_table_is_the_one_that_is_kept() -> None:
    table = lab("compare", "--replay", RUN).stdout
    assert table.rpartition("The evidence is in")[0] == KEPT.rpartition("The evidence is in")[0]


def test_the_readme_shows_it_cut_and_says_where() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    shown = readme.partition("```\n$ ./lab compare\n")[2].partition("\n```\n")[0].split("\n\n")
    kept = KEPT.rstrip("\n").split("\n\n")
    assert [part for part in shown if part != CUT and part not in kept] == []
    assert sum(part.startswith("trio: ") for part in shown) == 1
    # Paragraph after paragraph as they were printed, and a mark just where some are left out.
    places = [None if part == CUT else kept.index(part) for part in shown]
    assert places[0] == 0 and places[-1] == len(kept) - 1
    for before, place, after in zip(places, places[1:], [*places[2:], None], strict=False):
        if place is None:
            assert before is not None and after is not None and after > before + 1
        else:
            assert before is None or place == before + 1


def test_it_can_be_shown_side_by_side_and_as_a_page(tmp_path: Path) -> None:
    clients = "python-blocking,erlang-processes,haskell-announcing"
    shown = lab("demo", "--replay", RUN, "--clients", clients, "--pace", "0.1")
    assert shown.status == 0, shown.stderr
    assert shown.stdout.count("exit 0") == 3
    assert lab("report", RUN, "--out", tmp_path / "report.html").status == 0
    assert (tmp_path / "report.html").stat().st_size < 2_000_000
