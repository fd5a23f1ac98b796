"""The headless browser for the tests of the report page: finds it, and installs it if it is missing."""

from __future__ import annotations

import shutil

from harness.backend import Say
from harness.backend.toolchain import apt_install

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
INSTALL = ("apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core")


def find_browser() -> str | None:
    """The path of a browser; None if there is none."""
    return next((path for program in PROGRAMS if (path := shutil.which(program))), None)


def install_browser(say: Say) -> None:
    """Install it from the distribution's packages if it is missing; LabError with the command if that fails."""
    if find_browser() is None:
        apt_install(INSTALL, "a browser for the tests of the report page", say)
