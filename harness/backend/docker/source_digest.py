"""One digest of all that images are built from.

An image with this digest as a label is up to date, wherever it was built.  The engine's own cache knows only what this
engine has built: it does not use a loaded image unless every earlier stage was loaded too, and the stage with Haskell's
compiler is twice as large as all images that are run.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from docker.utils.build import exclude_paths


def digest_of_sources(context: Path, base: Iterable[str]) -> str:
    """The digest, in hex, of the base image's layers and of all files sent to the engine: names, modes, bytes."""
    digest = hashlib.sha256("".join(f"layer {layer}\n" for layer in base).encode())
    ignore = context / ".dockerignore"
    lines = ignore.read_text().splitlines() if ignore.exists() else []
    ignored = [line for line in lines if line and line[0] != "#"]
    for name in sorted(exclude_paths(str(context), ignored)):
        path = context / name
        mode = path.lstat().st_mode
        content = b""
        if path.is_symlink():
            content = os.fsencode(os.readlink(path))
        elif path.is_file():
            content = path.read_bytes()
        digest.update(b"%s %o %d\n" % (os.fsencode(name), mode, len(content)) + content)
    return digest.hexdigest()
