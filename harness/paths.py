"""Where things stand in a checkout."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
POEMS = ROOT / "poems"
RUNS = ROOT / "runs"
SCENARIOS = ROOT / "harness" / "spec" / "scenarios"
SCHEMAS = ROOT / "harness" / "spec" / "schemas"
