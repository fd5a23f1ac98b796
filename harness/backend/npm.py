"""Packages of npm that only some tasks need, in the versions and with the hashes of a package-lock.json."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from harness.backend import Say
from harness.backend.toolchain import locked, tail
from harness.errors import LabError
from harness.paths import ROOT

COMMAND = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
LOCK = "package-lock.json"


def find_package(pinned: Path, name: str) -> Path | None:
    """The folder of an installed package; None if it is not there as the package-lock.json in `pinned` has it."""
    package, lock = _place(pinned) / "node_modules" / name, _place(pinned) / LOCK
    there = package.is_dir() and lock.is_file() and lock.read_bytes() == (pinned / LOCK).read_bytes()
    return package if there else None


def install_package(pinned: Path, name: str, what_for: str, say: Say) -> Path:
    """Install a package if it is missing; returns its folder.  LabError with what to do if that fails."""
    folder = _place(pinned)
    by_hand = f"install npm, and then, in {folder}: {' '.join(COMMAND)}"
    folder.parent.mkdir(exist_ok=True)
    with locked(folder):
        if package := find_package(pinned, name):
            return package
        shutil.copytree(pinned, folder, dirs_exist_ok=True)
        if shutil.which(COMMAND[0]) is None:
            raise LabError(f"{name}, {what_for}, is missing, and so is npm; {by_hand}")
        say(f"{name}, {what_for}, is missing; installing it: {' '.join(COMMAND)}")
        done = subprocess.run(COMMAND, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise LabError(f"installing {name} failed ({tail(done.stderr)}); {by_hand}")
    return folder / "node_modules" / name


def _place(pinned: Path) -> Path:
    return ROOT / "build" / pinned.name
