"""The base image if it cannot be pulled: a minimal Debian that mmdebstrap makes from the distribution's packages."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from harness.backend import Say
from harness.backend.toolchain import apt_install, tail
from harness.errors import LabError

BASE = "debian:trixie-slim"  # the Dockerfile's default
SUITE = "trixie"
COMMAND = ("mmdebstrap", "--variant=minbase", "--include=ca-certificates", SUITE, "-")
INSTALL = ("apt-get", "install", "-y", "--no-install-recommends", "mmdebstrap")


@contextmanager
def root_file_system(say: Say, *, install: bool) -> Iterator[IO[bytes]]:
    """A tar stream of a minimal Debian; LabError if mmdebstrap is missing or fails."""
    if shutil.which("mmdebstrap") is None:
        if not install:
            raise LabError(
                f"there is no base image {BASE} and it cannot be pulled; import it, or install mmdebstrap with: "
                f"{' '.join(INSTALL)}"
            )
        apt_install(INSTALL, "mmdebstrap", say)
    say(f"{BASE} cannot be pulled; making it with: {' '.join(COMMAND)} | docker import - {BASE}")
    process = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    assert process.stdout is not None and process.stderr is not None
    try:
        yield process.stdout
        errors = process.stderr.read().decode(errors="replace")
        if process.wait() != 0:
            raise LabError(f"mmdebstrap could not make the base image {BASE}: {tail(errors)}")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()
        process.stderr.close()
