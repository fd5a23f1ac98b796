"""Languages: folders at the top of the checkout, each with a `toolchain.toml` that declares it.

A new language is such a folder and a stage of the Dockerfile; no module of the lab names one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from harness.paths import ROOT
from harness.spec.data_file import read_toml

FILE = "toolchain.toml"
NOT_IN_SEED = 1000  # sorts behind every part of the seed text


@dataclass(frozen=True)
class Language:
    """One folder; `declared` holds the rest of its `toolchain.toml`, as the schema describes it."""

    name: str
    folder: Path
    declared: dict[str, Any]

    def files(self, suffix: str) -> Iterator[Path]:
        """The files in its folder whose names end like this, sorted."""
        yield from sorted(self.folder.rglob(f"*{suffix}"))


@cache
def languages(root: Path = ROOT) -> dict[str, Language]:
    """The languages by name, in the order in which the seed text introduces them; others follow."""
    found = {path.parent: read_toml(path, "toolchain") for path in root.glob(f"*/{FILE}")}
    order = sorted(found.items(), key=lambda item: (item[1].get("seed-part", NOT_IN_SEED), item[1]["language"]))
    return {data["language"]: Language(data["language"], folder, data) for folder, data in order}
