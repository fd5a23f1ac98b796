"""The paths of a checkout."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
POEMS = ROOT / "poems"
RUNS = ROOT / "runs"
GUESTS = ROOT / "guests"
SCENARIOS = ROOT / "harness" / "spec" / "scenarios"
SCHEMAS = ROOT / "harness" / "spec" / "schemas"
