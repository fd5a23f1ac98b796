"""Clients: the programs that the lab compares; a manifest `NAME.client.toml` next to its code declares each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.paths import GUESTS, ROOT
from harness.spec.data_file import check, read_toml
from harness.spec.language import languages

SUFFIX = ".client.toml"
ANY = "any"  # the value of a trait that is not compared


@dataclass(frozen=True)
class Traits:
    """The declared traits of a client; the values are those of `axes`."""

    connects: str
    grain: str
    delivery: str
    order: str
    flush: str | None = None
    reads: str | None = None


@dataclass(frozen=True)
class KnownFailure:
    """An expected failure: its scenario, its reason code, and why it is expected."""

    scenario: str
    code: str
    reason: str


@dataclass(frozen=True)
class Client:
    """One manifest.  The command runs in the folder `home`."""

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
        """Its name among all programs of a run, server programs included."""
        return self.name

    @property
    def sequential(self) -> bool:
        """Whether the client is declared to fetch one poem after another."""
        return self.traits.connects == "in-turn"

    @property
    def guest(self) -> bool:
        """Whether it is a client of the folder guests/, which runs in containers only."""
        return self.home.parent == GUESTS

    @property
    def own_image(self) -> bool:
        """Whether its image is the author's own, given as NAME:TAG, and not a stage of the Dockerfile."""
        return ":" in self.image

    @property
    def outside(self) -> bool:
        """Whether the client is outside the checkout, or in an image that does not contain the checkout."""
        return self.home != ROOT or self.own_image

    def record(self) -> dict[str, Any]:
        """The client as run.json holds it: the manifest, without the folder."""
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
            raise UsageError(f"{path}: at name: {data['name']!r} does not match the file's name; rename one of them")
        if data["name"] in clients:
            raise UsageError(f"{path}: at name: another manifest has the name {data['name']!r}; choose another name")
        silent = data["traits"]["grain"] == "silent"
        if silent and "flush" in data["traits"]:
            raise UsageError(f"{path}: at traits.flush: a silent client has no progress lines to flush; remove it")
        if not silent and "flush" not in data["traits"]:
            raise UsageError(f"{path}: at traits.flush: missing; only a silent client has none")
        clients[data["name"]] = from_record(data, home)
    return clients


def discover() -> dict[str, Client]:
    """The clients of the checkout by name, language after language."""
    return _load((path for language in languages().values() for path in language.files(SUFFIX)), ROOT)


def guests() -> dict[str, Client]:
    """The guests by name, `guests/NAME/NAME.client.toml`: clients with a Dockerfile of their own, run only if named."""
    found: dict[str, Client] = {}
    for path in sorted(GUESTS.glob(f"*/*{SUFFIX}")):
        for name, guest in _load([path], path.parent).items():
            if name != path.parent.name:
                raise UsageError(f"{path}: a guest has the name of its folder; rename one of them")
            found[name] = replace(guest, default=False)
    return found


def from_outside(folder: Path) -> dict[str, Client]:
    """The clients declared in a folder outside the checkout; UsageError if it declares none."""
    clients = _load(sorted(folder.glob(f"*{SUFFIX}")), folder.resolve())
    if not clients:
        raise UsageError(f"{folder}: no manifest NAME{SUFFIX} there; give a folder that has one")
    return clients


def check_record(data: dict[str, Any], path: Path, *within: object) -> Client:
    """A client recorded in a run's folder, at the place `within` in run.json; UsageError if the record is invalid."""
    check({**data, "schema": 1}, "client", path, *within)
    return from_record(data)
