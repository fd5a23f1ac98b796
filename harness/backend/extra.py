"""Python packages that only some users need: `requirements-NAME.txt`, installed when they are first asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from harness.backend import Say
from harness.backend.toolchain import locked, tail
from harness.errors import LabError
from harness.paths import ROOT

INSTALL = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps")


def install_extra(name: str, what: str, need: str, *, install: bool, say: Say) -> None:
    """Install the pinned packages of `requirements-NAME.txt` into the lab's environment if they are missing.

    `what` they are and who has the `need` of them are words for people.  LabError with the command if that fails.
    """
    requirements = ROOT / f"requirements-{name}.txt"
    stamp = Path(sys.prefix) / f".requirements-{name}"
    command = (sys.executable, *INSTALL, "--only-binary", ":all:", "--requirement", str(requirements))
    by_hand = f"install it with: {' '.join(command)}"
    with locked(stamp):
        if stamp.exists() and stamp.read_bytes() == requirements.read_bytes():
            return
        if not install:
            raise LabError(f"{what} is missing, which {need} needs; {by_hand}")
        say(f"{what} is missing; installing it from {requirements.name}")
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise LabError(f"installing {what} failed ({tail(done.stdout + done.stderr)}); {by_hand}")
        stamp.write_bytes(requirements.read_bytes())
