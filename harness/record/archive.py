"""A run as one file: a ZIP archive of its folder, unpacked to a temporary folder that is removed when the lab ends."""

from __future__ import annotations

import atexit
import os
import shutil
import zipfile
from functools import cache
from pathlib import Path

from harness.backend import ownership
from harness.errors import UsageError

LARGEST = 1 << 30  # bytes of an archive's files; the largest run in the lab's own tests has a tenth of that


def run_folder_of(path: Path) -> Path:
    """The folder of a run: `path` itself, or, if `path` is a ZIP archive, the folder that it is unpacked to.

    The files are at the top of the archive, or in one folder there.  UsageError if it cannot be unpacked.
    """
    if not os.path.isfile(path):
        return path
    folder = _unpacked(path.resolve())
    within = list(folder.iterdir())
    return within[0] if len(within) == 1 and within[0].is_dir() else folder


@cache
def _unpacked(path: Path) -> Path:
    folder = ownership.temporary_folder()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if size > LARGEST:
                raise UsageError(f"{path}: its files have {size} bytes; {LARGEST} are allowed at most")
            # Nothing is written outside the folder: zipfile removes "..", drive and root, and makes no links.
            archive.extractall(folder)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise UsageError(
            f"{path}: cannot be unpacked as a ZIP archive of a run: {str(error) or 'it ends too early'}"
        ) from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be unpacked: {error.strerror or error}") from None
    return folder
