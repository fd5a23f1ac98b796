"""Server programs: each can play the playbill of any scenario; a `NAME.server.toml` next to its code declares it.

They may be written in any language; the lab sends them the commands of `slowpoetry.server.control` on standard input
and reads the answers on standard output.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.paths import ROOT
from harness.spec.data_file import read_toml
from harness.spec.language import languages

SUFFIX = ".server.toml"
REFERENCE = "twisted"  # the server program that a compare uses by default


@dataclass(frozen=True)
class ServerProgram:
    """One manifest.  The command runs in the folder `home`."""

    name: str
    language: str
    summary: str
    command: tuple[str, ...]
    image: str  # in a container: a stage of the Dockerfile, or NAME:TAG
    home: Path
    unsupported: dict[str, str] = field(default_factory=dict)  # scenarios, each with the reason

    @property
    def key(self) -> str:
        """Its name among all programs of a run, clients included."""
        return f"server {self.name}"

    @property
    def outside(self) -> bool:
        """Whether it is outside the checkout, or in an image that does not contain the checkout."""
        return self.home != ROOT or ":" in self.image

    def record(self) -> dict[str, Any]:
        """The server program as run.json holds it, without the folders of this machine."""
        return {"name": self.name, "language": self.language, "summary": self.summary, "image": self.image}


def _load(paths: Iterable[Path], home: Path) -> dict[str, ServerProgram]:
    programs: dict[str, ServerProgram] = {}
    for path in paths:
        data = read_toml(path, "server")
        name = data["name"]
        if name != path.name.removesuffix(SUFFIX):
            raise UsageError(f"{path}: at name: {name!r} does not match the file's name; rename one of them")
        if name in programs:
            raise UsageError(f"{path}: at name: another manifest has the name {name!r}; choose another name")
        programs[name] = ServerProgram(
            name,
            data["language"],
            data["summary"],
            tuple(data["command"]),
            data["image"],
            home,
            data.get("unsupported", {}),
        )
    return programs


def discover() -> dict[str, ServerProgram]:
    """The server programs of the checkout by name, the reference first."""
    found = _load((path for language in languages().values() for path in language.files(SUFFIX)), ROOT)
    return {name: found[name] for name in sorted(found, key=lambda name: (name != REFERENCE, name))}


def from_outside(folder: Path) -> dict[str, ServerProgram]:
    """The server programs declared in a folder outside the checkout; UsageError if it declares none."""
    programs = _load(sorted(folder.glob(f"*{SUFFIX}")), folder.resolve())
    if not programs:
        raise UsageError(f"{folder}: no manifest NAME{SUFFIX} there; give a folder that has one")
    return programs
