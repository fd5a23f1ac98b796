"""The exit status that a CI job goes by: what is unexpected, or any failure."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from lab_process import compare, lab

from harness.judge.exit_status import exit_status
from harness.report.junit import junit
from harness.report.recorded import read_recorded


def cell(verdict: str, expected: bool) -> dict[str, Any]:
    return {"verdict": verdict, "expected": expected}


GOOD = cell("pass", True)


@pytest.mark.parametrize(
    ("cells", "unexpected", "any_"),
    [
        ([], 0, 0),
        ([GOOD, cell("unsupported", True)], 0, 0),
        ([GOOD, cell("fail", True)], 0, 1),
        ([GOOD, cell("timeout", True)], 0, 1),
        ([GOOD, cell("crash", True)], 0, 1),
        ([GOOD, cell("pass", False)], 1, 1),
        ([GOOD, cell("fail", False)], 1, 1),
        ([GOOD, cell("skipped", False)], 1, 1),
        ([GOOD, cell("lab-error", False)], 4, 4),
        ([cell("fail", True), cell("lab-error", False)], 4, 1),
        ([cell("fail", False), cell("lab-error", False)], 1, 1),
    ],
)
def test_what_counts(cells: list[dict[str, Any]], unexpected: int, any_: int) -> None:
    assert exit_status(cells) == exit_status(cells, "unexpected") == unexpected
    assert exit_status(cells, "any") == any_


def test_a_known_failure_turns_the_status_where_any_failure_is_to(tmp_path: Path) -> None:
    ended = compare(tmp_path, "--scenarios", "reset", "--fail-on", "any", client="known-to-swallow")
    assert ended.status == ended.run["status"] == 1
    assert ended.cell["expected"] and ended.run["options"]["fail_on"] == "any"
    [run] = tmp_path.iterdir()
    assert [case.tag for case in ElementTree.fromstring(junit(read_recorded(run))).iter("failure")] == ["failure"]
    assert lab("compare", "--replay", run).status == 0
    assert lab("compare", "--replay", run, "--fail-on", "any").status == 1


def test_an_unknown_rule_is_named() -> None:
    lab("compare", "--fail-on", "all").refused(2, "--fail-on", "'all'", "unexpected, any")
    lab("compare", "--replay", "docs/example-run.zip", "--fail-on", "never").refused(2, "'never'")
