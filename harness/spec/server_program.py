"""Server programs: each plays the playbills of all scenarios, declared by a `NAME.server.toml` next to its code.

They speak the commands of `slowpoetry.server.control` over their standard input and output, in any language.
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
REFERENCE = "twisted"  # the servers that a compare uses unless told otherwise


@dataclass(frozen=True)
class ServerProgram:
    """One manifest.  Its command runs in `home`; without an `image`, in the lab's own environment."""

    name: str
    language: str
    summary: str
    command: tuple[str, ...]
    image: str | None
    home: Path
    unsupported: dict[str, str] = field(default_factory=dict)  # scenarios, each with the reason

    @property
    def key(self) -> str:
        """What it is called among all programs of a run, clients included."""
        return f"server {self.name}"

    @property
    def outside(self) -> bool:
        """Brought from outside the tree, with `--server`."""
        return self.home != ROOT

    def record(self) -> dict[str, Any]:
        """As it stands in run.json: nothing of this machine's folders."""
        image = {} if self.image is None else {"image": self.image}
        return {"name": self.name, "language": self.language, "summary": self.summary, **image}


def _load(paths: Iterable[Path], home: Path) -> dict[str, ServerProgram]:
    programs: dict[str, ServerProgram] = {}
    for path in paths:
        data = read_toml(path, "server")
        name = data["name"]
        if name != path.name.removesuffix(SUFFIX):
            raise UsageError(f"{path}: at name: {name!r} is not the name of the file")
        if name in programs:
            raise UsageError(f"{path}: at name: there are other servers {name!r}")
        programs[name] = ServerProgram(
            name,
            data["language"],
            data["summary"],
            tuple(data["command"]),
            data.get("image"),
            home,
            data.get("unsupported", {}),
        )
    return programs


def discover() -> dict[str, ServerProgram]:
    """The server programs of the tree by name, the reference first."""
    found = _load((path for language in languages().values() for path in language.files(SUFFIX)), ROOT)
    return {name: found[name] for name in sorted(found, key=lambda name: (name != REFERENCE, name))}


def from_outside(folder: Path) -> dict[str, ServerProgram]:
    """The servers declared in a folder outside the tree; UsageError where it has none."""
    programs = _load(sorted(folder.glob(f"*{SUFFIX}")), folder.resolve())
    if not programs:
        raise UsageError(f"{folder}: no manifest NAME{SUFFIX} there")
    return programs
