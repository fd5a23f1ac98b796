"""systemd's checker for the unit files in `docs/systemd`: installs it if it is missing."""

from __future__ import annotations

import shutil

from harness.backend import Say
from harness.backend.toolchain import apt_install

INSTALL = ("apt-get", "install", "-y", "--no-install-recommends", "systemd")


def install_systemd(say: Say) -> None:
    """Install it from the distribution's packages if it is missing; LabError with the command if that fails."""
    if shutil.which("systemd-analyze") is None:
        apt_install(INSTALL, "systemd-analyze for the tests of the unit files", say)
