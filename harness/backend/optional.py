"""Python packages that only some tasks need: installed, in pinned versions, when such a task is used first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from harness.backend import Say
from harness.backend.toolchain import locked, tail
from harness.errors import LabError
from harness.paths import ROOT

INSTALL = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps")


def install_optional(part: str, what: str, needed_by: str, *, install: bool, say: Say) -> None:
    """Install `requirements-PART.txt` into the lab's environment unless it is there; LabError with the command if not.

    `what` names the packages for people; `needed_by` is what needs them.
    """
    requirements = ROOT / f"requirements-{part}.txt"
    stamp = Path(sys.prefix) / f".{requirements.stem}"
    command = (sys.executable, *INSTALL, "--only-binary", ":all:", "--requirement", str(requirements))
    by_hand = f"install it with: {' '.join(command)}"
    with locked(stamp):
        if stamp.exists() and stamp.read_bytes() == requirements.read_bytes():
            return
        if not install:
            raise LabError(f"{what} is missing, which {needed_by} needs; {by_hand}")
        say(f"{what} is missing; installing it from {requirements.name}")
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise LabError(f"installing {what} failed ({tail(done.stdout + done.stderr)}); {by_hand}")
        stamp.write_bytes(requirements.read_bytes())
