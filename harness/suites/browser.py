"""The headless browser that the tests of the report page drive: finding it, and getting it where it is missing."""

from __future__ import annotations

import shutil

from harness.backend import Say
from harness.backend.toolchain import apt_install

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
INSTALL = ("apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core")


def find_browser() -> str | None:
    """The program, where there is one."""
    return next((path for program in PROGRAMS if (path := shutil.which(program))), None)


def install_browser(say: Say) -> None:
    """Install it from the distribution's packages where it is missing; LabError with the command where it cannot be."""
    if find_browser() is None:
        apt_install(INSTALL, "a browser for the tests of the report page", say)
