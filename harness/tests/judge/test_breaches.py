"""The list of breaches: every one is documented, tested, and found in its place."""

from __future__ import annotations

import re

from harness.judge.breaches import BREACHES
from harness.paths import ROOT


def test_the_contract_lists_exactly_the_codes_of_all_breaches() -> None:
    page = (ROOT / "docs" / "client-contract.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", page, re.MULTILINE))
    for verdict in ("fail", "timeout", "crash"):
        documented = re.findall(r"`([a-z-]+)`", rows[verdict])
        assert sorted(documented) == sorted({breach.code for breach in BREACHES if breach.verdict == verdict})


def test_every_breach_is_earned_by_evidence_in_a_test() -> None:
    tests = "".join(path.read_text("utf-8") for path in (ROOT / "harness" / "tests" / "judge").glob("test_*.py"))
    assert [breach.code for breach in BREACHES if f'"{breach.code}"' not in tests] == []
