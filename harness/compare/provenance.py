"""Where a run was made: only what its figures may depend on, and no environment variables."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from harness.backend import Ready
from harness.paths import ROOT

COMMIT = "SLOW_POETRY_LAB_COMMIT"  # for a lab in a container, which has no repository: the commit, and `changed`


def provenance(backend: str, ready: Ready) -> dict[str, Any]:
    """Commit, kernel, CPU, the versions of the lab itself and of the clients' runtimes."""
    commit, _, changed = os.environ.get(COMMIT, "").partition(" ")
    return {
        "backend": backend,
        "commit": commit or git("rev-parse", "HEAD"),
        "changed": bool(changed or git("status", "--porcelain")),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "cpu": _cpu(),
        "cores": _cores(),
        "lab": {"python": platform.python_version(), "twisted": version("twisted")},
        "runtimes": ready.versions,
        **ready.details,
    }


def git(*arguments: str) -> str | None:
    """What git prints in this checkout; None if there is no git, or it refuses."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or "unknown"


def _cores() -> int:
    return len(os.sched_getaffinity(0))
