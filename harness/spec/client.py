"""Clients: programs under comparison, each declared by a manifest `NAME.client.toml` next to its code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.paths import ROOT
from harness.spec.data_file import check, read_toml
from harness.spec.language import languages

SUFFIX = ".client.toml"
ANY = "any"  # the value of a trait that is not compared


@dataclass(frozen=True)
class Traits:
    """The client's own character as declared; the values are those of `axes`."""

    connects: str
    grain: str
    delivery: str
    order: str
    flush: str | None = None
    reads: str | None = None


@dataclass(frozen=True)
class KnownFailure:
    """A failure that is expected: in which scenario, with which reason code, and why."""

    scenario: str
    code: str
    reason: str


@dataclass(frozen=True)
class Client:
    """One manifest.  `home` is the folder that its command runs in."""

    name: str
    language: str
    model: str
    summary: str
    image: str
    command: tuple[str, ...]
    traits: Traits
    unsupported: dict[str, str]
    known_failures: tuple[KnownFailure, ...]
    home: Path
    default: bool = True  # part of a compare that names no clients

    @property
    def key(self) -> str:
        """What it is called among all programs of a run, servers included."""
        return self.name

    @property
    def sequential(self) -> bool:
        """Declared to fetch one poem after another."""
        return self.traits.connects == "in-turn"

    @property
    def own_image(self) -> bool:
        """Whether its image is one of its author's, given as NAME:TAG, and no stage of the Dockerfile."""
        return ":" in self.image

    @property
    def outside(self) -> bool:
        """Brought from outside the tree, or in an image that has no checkout."""
        return self.home != ROOT or self.own_image

    def record(self) -> dict[str, Any]:
        """As it stands in run.json: the manifest, without the folder."""
        data = asdict(self)
        del data["home"]
        data["traits"] = {key: value for key, value in data["traits"].items() if value is not None}
        data["known-failures"] = data.pop("known_failures")
        return {"schema": 1, **data}


def from_record(data: dict[str, Any], home: Path = ROOT) -> Client:
    """A client from its manifest's data (already checked)."""
    return Client(
        name=data["name"],
        language=data["language"],
        model=data["model"],
        summary=data["summary"],
        image=data["image"],
        command=tuple(data["command"]),
        traits=Traits(**data["traits"]),
        unsupported=dict(data.get("unsupported", {})),
        known_failures=tuple(KnownFailure(**known) for known in data.get("known-failures", ())),
        home=home,
        default=data.get("default", True),
    )


def _load(paths: Iterable[Path], home: Path) -> dict[str, Client]:
    clients: dict[str, Client] = {}
    for path in paths:
        data = read_toml(path, "client")
        if data["name"] != path.name.removesuffix(SUFFIX):
            raise UsageError(f"{path}: at name: {data['name']!r} is not the name of the file")
        if data["name"] in clients:
            raise UsageError(f"{path}: at name: there is another client {data['name']!r}")
        if ("flush" in data["traits"]) == (data["traits"]["grain"] == "silent"):
            raise UsageError(f"{path}: at traits.flush: given by every client but a silent one")
        clients[data["name"]] = from_record(data, home)
    return clients


def discover() -> dict[str, Client]:
    """The clients of the tree by name, language after language."""
    return _load((path for language in languages().values() for path in language.files(SUFFIX)), ROOT)


def from_outside(folder: Path) -> dict[str, Client]:
    """The clients declared in a folder outside the tree; UsageError where it has none."""
    clients = _load(sorted(folder.glob(f"*{SUFFIX}")), folder.resolve())
    if not clients:
        raise UsageError(f"{folder}: no manifest NAME{SUFFIX} there")
    return clients


def check_record(data: dict[str, Any], path: Path, *within: object) -> Client:
    """A client as recorded in a run folder, `within` its run.json; UsageError where it was tampered with."""
    check({**data, "schema": 1}, "client", path, *within)
    return from_record(data)
