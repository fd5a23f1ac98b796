"""One digest of the whole checkout, by which machines can tell that they run the same lab and the same programs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from harness.backend.toolchain import BUILT
from harness.paths import POEMS, ROOT
from harness.spec.language import languages

FILES = ("Dockerfile", ".dockerignore", "requirements.txt", "requirements-cluster.txt")
NOT_SOURCES = {*BUILT, "__pycache__", "_build", "tests"}  # tests change no cell
MADE = (".cache", ".log", ".pid")  # what programs leave beside their sources


def checkout_digest(root: Path = ROOT) -> str:
    """The digest, in hex, of all files that may change what a cell does: names, bytes, and whether they can run."""
    found = hashlib.sha256()
    for path in sorted(_sources(root)):
        name, mode = os.fsencode(path.relative_to(root)), os.access(path, os.X_OK)
        found.update(b"%s %d %d\n" % (name, mode, path.stat().st_size) + path.read_bytes())
    return found.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    yield from (root / name for name in FILES)
    folders = [language.folder for language in languages(root).values()]
    for folder in {*folders, root / "harness", root / POEMS.name}:
        for path in folder.rglob("*"):
            parts = path.relative_to(root).parts
            hidden = any(part.startswith((".", "_trial_temp")) or part in NOT_SOURCES for part in parts)
            if path.is_file() and not hidden and path.suffix not in MADE:
                yield path
