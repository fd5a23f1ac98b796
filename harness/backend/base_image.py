"""The base image if it cannot be pulled: a minimal Debian that mmdebstrap makes from the distribution's packages."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
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
    # In a file, because nobody reads a pipe of errors while the engine reads the output.
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(COMMAND, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
        assert isinstance(process.stdout, io.BufferedReader)
        try:
            empty = not process.stdout.peek(1)
            if not empty:  # otherwise the engine would make an empty image
                yield process.stdout
            if process.wait() != 0 or empty:
                errors.seek(0)
                said = tail(errors.read().decode(errors="replace"))
                raise LabError(f"mmdebstrap could not make the base image {BASE}: {said}")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stdout.close()
