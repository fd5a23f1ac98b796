"""What is known of a run only at its end."""

from __future__ import annotations

import time
from typing import Any

from harness.judge.exit_status import exit_status
from harness.judge.likeness import likenesses
from harness.judge.stability import stability
from harness.judge.timings import timings
from harness.record.run_folder import RunFolder


def complete(folder: RunFolder, began: float) -> None:
    """Add what is known only at the end: likenesses, stability, exit status, and the time compared to the floors."""
    run = folder.run
    run["likeness"] = likenesses(folder)
    run["stability"] = stability(run)
    run["timings"] = timings(run)
    run["status"] = exit_status(run["cells"], run["options"]["fail_on"])
    set_time(run, time.monotonic() - began)
    folder.save()


def set_time(run: dict[str, Any], wall: float) -> None:
    """The seconds that the run took, compared to the sum of the floors of its cells."""
    floors = sum(cell["metrics"].get("floor_s") or 0.0 for cell in run["cells"])
    run["time"] = {
        "wall_s": round(wall, 3),
        "floors_s": round(floors, 3),
        "ratio": round(wall / floors, 3) if floors else None,
    }
