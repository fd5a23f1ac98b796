"""The list of breaches: every one is documented, tested, and found in its place."""

from __future__ import annotations

import re

from harness.judge.breaches import BREACHES
from harness.paths import ROOT


def test_the_contract_lists_exactly_the_codes_of_all_breaches() -> None:
    page = (ROOT / "docs" / "client-contract.md").read_text("utf-8")
    section = page.partition("\n## Reason codes\n")[2].partition("\n## ")[0]
    documented: dict[str, list[str]] = {}
    verdict = ""
    for first, codes in re.findall(r"^\|(?: `([a-z-]+)`)? \| ([^|]*) \|", section, re.MULTILINE):
        verdict = first or verdict  # an empty cell repeats the one above
        documented.setdefault(verdict, []).extend(re.findall(r"`([a-z-]+)`", codes))
    for verdict in ("fail", "timeout", "crash"):
        assert sorted(documented[verdict]) == sorted({breach.code for breach in BREACHES if breach.verdict == verdict})


def test_every_breach_is_earned_by_evidence_in_a_test() -> None:
    tests = "".join(path.read_text("utf-8") for path in (ROOT / "harness" / "tests" / "judge").glob("test_*.py"))
    assert [breach.code for breach in BREACHES if f'"{breach.code}"' not in tests] == []
