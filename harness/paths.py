"""The paths of a checkout."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
POEMS = ROOT / "poems"
RUNS = ROOT / "runs"
GUESTS = ROOT / "guests"
SCENARIOS = ROOT / "harness" / "spec" / "scenarios"
SCHEMAS = ROOT / "harness" / "spec" / "schemas"


def lab_here() -> str:
    """The lab as a command of the current folder."""
    return "./lab" if Path.cwd() == ROOT else str(ROOT / "lab")
