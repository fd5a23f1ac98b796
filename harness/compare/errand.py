"""What a worker of a cluster is sent, so that it needs nothing but its own checkout, and what it sends back."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from harness.backend import Program
from harness.errors import UsageError
from harness.paths import ROOT
from harness.record.run_folder import RunFolder
from harness.spec.client import Client
from harness.spec.scenario import Scenario
from harness.spec.server_program import ServerProgram

P = TypeVar("P", Client, ServerProgram)
LARGEST_HOME = 64 << 20  # bytes of a folder that --client or --server names


@dataclass(frozen=True)
class Errand:
    """One piece of work: a function of a worker, its words, and the programs and scenarios that it needs.

    `files` is an archive of the scenarios' playbills and poems, `homes` has one for each program from outside.
    """

    run: str
    digest: str  # of the checkout
    late_budget_ms: float
    function: Callable[..., Any]
    words: tuple[Any, ...]
    clients: tuple[Client, ...]
    programs: tuple[ServerProgram, ...]
    scenarios: tuple[dict[str, Any], ...]  # as run.json holds them
    files: bytes
    homes: Mapping[str, bytes]  # by the programs' keys


def errand_of(
    folder: RunFolder, digest: str, late_budget_ms: float, work: tuple[Any, ...], needs: Iterable[Program | Scenario]
) -> Errand:
    """The errand that does `work`, a function and its words."""
    needs = list(needs)
    clients = tuple(one for one in needs if isinstance(one, Client))
    programs = tuple(one for one in needs if isinstance(one, ServerProgram))
    scenarios = [one for one in needs if isinstance(one, Scenario)]
    records = {record["name"]: record for record in folder.run["scenarios"]}
    poems = {folder.path / "poems" / f"{server.name}.txt" for one in scenarios for server in one.servers if server.name}
    used: list[Program] = [*clients, *programs]
    return Errand(
        folder.run["id"],
        digest,
        late_budget_ms,
        work[0],
        work[1:],
        clients,
        programs,
        tuple(records[one.name] for one in scenarios),
        packed(folder.path, [*(folder.playbill(one.name) for one in scenarios), *sorted(poems)]),
        {one.key: _home(one.home) for one in used if one.home != ROOT},
    )


def _home(folder: Path) -> bytes:
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if size > LARGEST_HOME:
        raise UsageError(
            f"{folder}: it has {size} bytes, and with --cluster every worker gets a copy; {LARGEST_HOME} are allowed: "
            "name a folder that has only the program"
        )
    return packed(folder, [folder])


def here(program: P, homes: Mapping[str, bytes], parent: Path) -> P:
    """The program as it is on this machine: in this checkout, or in a new folder in `parent`."""
    if program.key not in homes:
        return replace(program, home=ROOT)
    home = parent / program.key
    if not home.exists():
        unpack(homes[program.key], home)
    return replace(program, home=home)


def packed(folder: Path, paths: Iterable[Path]) -> bytes:
    """An archive of these files and folders, which are in `folder`; missing ones are left out."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz", compresslevel=1) as archive:
        for path in paths:
            if path.exists():
                archive.add(path, path.relative_to(folder))
    return target.getvalue()


def unpack(data: bytes, folder: Path) -> None:
    """Write the archive's files into `folder`, and none outside it."""
    # Security updates brought the filter to every Python that still gets some.
    safe: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        archive.extractall(folder, **safe)


def take(folder: Path, names: Iterable[str]) -> bytes:
    """An archive of these folders in `folder`, which are then removed."""
    paths = [folder / name for name in names]
    data = packed(folder, paths)
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)
    return data
