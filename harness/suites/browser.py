"""What the tests of the report page need: a headless browser, and axe-core, which finds what keeps readers out."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from harness.backend import Say
from harness.backend.toolchain import apt_install
from harness.errors import LabError
from harness.paths import ROOT

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
INSTALL = ("apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core")
AXE_PINNED = Path(__file__).resolve().parent / "axe"  # package.json, and package-lock.json with the hash
AXE_FOLDER = ROOT / "build" / "axe"
AXE_INSTALL = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")


def find_browser() -> str | None:
    """The path of a browser; None if there is none."""
    return next((path for program in PROGRAMS if (path := shutil.which(program))), None)


def install_browser(say: Say) -> None:
    """Install it from the distribution's packages if it is missing; LabError with the command if that fails."""
    if find_browser() is None:
        apt_install(INSTALL, "a browser for the tests of the report page", say)


def find_axe() -> Path | None:
    """The script of axe-core in the pinned version; None if it is not installed."""
    script = AXE_FOLDER / "node_modules" / "axe-core" / "axe.min.js"
    locks = [folder / "package-lock.json" for folder in (AXE_PINNED, AXE_FOLDER)]
    if not script.is_file() or not locks[1].is_file() or locks[0].read_bytes() != locks[1].read_bytes():
        return None
    return script


def install_axe(say: Say) -> None:
    """Install axe-core with npm if it is missing; LabError with what to do if that fails."""
    if find_axe() is not None:
        return
    by_hand = f"install npm, and then, in {AXE_FOLDER}: {' '.join(AXE_INSTALL)}"
    if shutil.which("npm") is None:
        raise LabError(f"axe-core, for the tests of the report page, is missing, and so is npm; {by_hand}")
    say(f"axe-core, for the tests of the report page, is missing; installing it: {' '.join(AXE_INSTALL)}")
    shutil.copytree(AXE_PINNED, AXE_FOLDER, dirs_exist_ok=True)
    done = subprocess.run(AXE_INSTALL, cwd=AXE_FOLDER, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise LabError(f"installing axe-core failed ({done.stderr.strip()[-300:]}); {by_hand}")
