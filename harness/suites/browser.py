"""What the tests of the report page need: a headless browser, and axe-core, which finds what keeps readers out."""

from __future__ import annotations

import shutil
from pathlib import Path

from harness.backend import Say
from harness.backend.npm import find_package, install_package
from harness.backend.toolchain import apt_install

# The shell is the same browser without the windows, and takes half the time.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
INSTALL = ("apt-get", "install", "-y", "--no-install-recommends", "chromium-headless-shell", "fonts-dejavu-core")
AXE_PINNED = Path(__file__).resolve().parent / "axe"  # package.json, and package-lock.json with the hash
AXE = "axe-core"


def find_browser() -> str | None:
    """The path of a browser; None if there is none."""
    return next((path for program in PROGRAMS if (path := shutil.which(program))), None)


def install_browser(say: Say) -> None:
    """Install it from the distribution's packages if it is missing; LabError with the command if that fails."""
    if find_browser() is None:
        apt_install(INSTALL, "a browser for the tests of the report page", say)


def find_axe() -> Path | None:
    """The script of axe-core in the pinned version; None if it is not installed."""
    folder = find_package(AXE_PINNED, AXE)
    return folder and folder / "axe.min.js"


def install_axe(say: Say) -> None:
    """Install axe-core with npm if it is missing; LabError with what to do if that fails."""
    install_package(AXE_PINNED, AXE, "for the tests of the report page", say)
