"""Toolchains of the compiled languages, each declared in `LANGUAGE/toolchain.toml`: found, installed and used."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from harness.backend import Say
from harness.errors import LabError
from harness.paths import ROOT
from harness.spec.language import languages

Command = tuple[str, ...]
BUILT = ("build", "dist-newstyle")
STAMP = "built-from"  # in a build folder: the digest of what its programs were built from, and their names


@dataclass(frozen=True)
class Toolchain:
    """One declaration.  Commands run from the top of the checkout."""

    language: str
    version: Command
    probe: tuple[Command, ...]
    packages: tuple[str, ...]
    test_probe: tuple[Command, ...]
    test_packages: tuple[str, ...]
    build_command: Command
    test_command: Command

    def present(self, *, tests: bool = False) -> bool:
        """Whether all its programs and libraries work (`tests`: also those of the unit tests)."""
        probes = self.probe + (self.test_probe if tests else ())
        return all(_succeeds(command) for command in probes)

    def install_command(self, *, tests: bool = False) -> Command:
        """The command that installs it on Debian and Ubuntu."""
        packages = self.packages + (self.test_packages if tests else ())
        return ("apt-get", "install", "-y", "--no-install-recommends", *packages)

    def refuse(self, *, tests: bool = False) -> None:
        """Raise a LabError that says how to install it by hand."""
        command = " ".join(self.install_command(tests=tests))
        raise LabError(f"the {self.language} toolchain is missing; install it with: {command}")

    def install(self, say: Say, *, tests: bool = False) -> None:
        """Install it from the distribution's packages; LabError with the exact command if that is not possible."""
        apt_install(self.install_command(tests=tests), f"the {self.language} toolchain", say)
        if not self.present(tests=tests):
            raise LabError(f"the {self.language} toolchain is still missing after: {' '.join(self.install_command())}")

    def build(self, say: Say) -> str | None:
        """Build the clients unless they are up to date; returns None, or the compiler's last output if it fails."""
        folder = ROOT / self.language
        stamp = folder / "build" / STAMP
        with locked(folder / "build"):
            sources = f"{self.read_version()} {digest(folder)}"
            if stamp.exists():
                built_from, *programs = stamp.read_text("utf-8").splitlines()
                if built_from == sources and all((stamp.parent / name).exists() for name in programs):
                    return None
            say(f"building the {self.language} clients")
            done = subprocess.run(
                self.build_command, cwd=ROOT, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL
            )
            if done.returncode:
                return tail(done.stdout + done.stderr)
            stamp.parent.mkdir(exist_ok=True)
            programs = sorted(path.name for path in stamp.parent.iterdir() if path.is_file() and path != stamp)
            stamp.write_text("\n".join([sources, *programs]), "utf-8")
        return None

    def read_version(self) -> str:
        """The runtime's version, or `unknown`; found once in a process, because Erlang is slow to start."""
        try:
            return _printed(self.version) or "unknown"
        except OSError:
            return "unknown"


@cache
def _printed(command: Command) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.stdout.strip()


def digest(folder: Path) -> str:
    """The digest, in hex, of a language's files: their names and bytes, without what builds and editors leave there."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        within = path.relative_to(folder)
        if path.is_file() and not any(part.startswith((".", "_")) or part in BUILT for part in within.parts):
            found.update(b"%s %d\n" % (os.fsencode(within), path.stat().st_size) + path.read_bytes())
    return found.hexdigest()


def toolchains() -> dict[str, Toolchain]:
    """The toolchains of the languages that have something to build, by language."""
    return {name: _toolchain(name, one.declared) for name, one in languages().items() if "build" in one.declared}


def _toolchain(language: str, declared: dict[str, Any]) -> Toolchain:
    return Toolchain(
        language=language,
        version=tuple(declared["version"]),
        probe=tuple(map(tuple, declared["probe"])),
        packages=tuple(declared["packages"]),
        test_probe=tuple(map(tuple, declared["test-probe"])),
        test_packages=tuple(declared["test-packages"]),
        build_command=tuple(declared["build"]),
        test_command=tuple(declared["test"]),
    )


def apt_install(command: Command, what: str, say: Say) -> None:
    """Announce and run an `apt-get install`; LabError with the command to type if it cannot be run or fails."""
    by_hand = f"install it with: {' '.join(command)}"
    if shutil.which("apt-get") is None:
        raise LabError(
            f"{what} is missing, and there is no apt-get here; install what Debian and Ubuntu install with: "
            f"{' '.join(command)}"
        )
    prefix = _root_prefix()
    if prefix is None:
        raise LabError(f"{what} is missing; as root, {by_hand}")
    say(f"{what} is missing; installing it: {' '.join(prefix + list(command))}")
    with locked(Path(f"/tmp/slow-poetry-lab-apt-{os.geteuid()}")):
        for step in (("apt-get", "update"), (*command, "-o", "DPkg::Lock::Timeout=300")):
            done = subprocess.run(
                [*prefix, *step],
                capture_output=True,
                text=True,
                errors="replace",
                stdin=subprocess.DEVNULL,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"},
            )
    if done.returncode:
        raise LabError(f"installing {what} failed ({tail(done.stdout + done.stderr)}); {by_hand}")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a lock file next to `folder`, so that two compares do not build or install the same thing at once."""
    path = folder.with_name(f".{folder.name}.lock")
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def tail(output: str, lines: int = 6) -> str:
    """The last lines of a program's output, on one line."""
    return " / ".join(line.strip() for line in output.strip().splitlines()[-lines:] if line.strip())


def _root_prefix() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and _succeeds(("sudo", "-n", "true")):
        return ["sudo", "-n"]
    return None


def _succeeds(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False
