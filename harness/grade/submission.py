"""The submissions: one folder each, with a manifest, or with files that the teacher's own command runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.check.program import declared, undeclared
from harness.errors import UsageError
from harness.printable import printable
from harness.spec.client import SUFFIX, Client

LONGEST = 40  # characters of a client's name
FAILED, LAB_ERROR = "failed", "lab-error"


@dataclass(frozen=True)
class Submission:
    """A student's folder by its name for people, and its client; without one, what it is instead, and why."""

    name: str
    client: Client | None
    outcome: str = ""
    fault: str = ""


def submissions(folders: Sequence[str], command: Sequence[str], image: str, *, contained: bool) -> list[Submission]:
    """A submission for each folder; UsageError if one is not a folder.

    With a command, it runs in every folder, in this image.  Otherwise each folder has a manifest; a student's fault in
    it is part of the submission.
    """
    if not folders:
        raise UsageError("grade needs submissions: ./lab grade FOLDER ..., a folder for each student")
    paths = list(dict.fromkeys(Path(folder) for folder in folders))
    for path in paths:
        if not path.is_dir():
            raise UsageError(f"{path}: there is no such folder; name a folder for each submission")
    if len(paths) == 1 and not command and _is_class(paths[0]):
        raise UsageError(f"{paths[0]}: it holds several submissions; name each of them: ./lab grade {paths[0]}/*/")
    names, keys = _names(paths), _keys(paths)
    return [_submission(*each, command, image, contained) for each in zip(paths, names, keys, strict=True)]


def _submission(path: Path, name: str, key: str, command: Sequence[str], image: str, contained: bool) -> Submission:
    if path.is_symlink():
        # It could lead to another student's folder, or to any other of this machine.
        return Submission(name, None, FAILED, "it is a symbolic link, not a folder")
    if contained and (closed := next(_closed(path), None)):
        return Submission(
            name,
            None,
            LAB_ERROR,
            f"the user in the container cannot read {closed}; allow it with: chmod -R o+rX {path}",
        )
    try:
        client = undeclared(command, image, path.resolve()) if command else declared(path)
    except UsageError as error:
        # The whole page may go to the student, and where the folder is concerns only the teacher.
        return Submission(name, None, FAILED, str(error).replace(f"{path}/", "").replace(f"{path}: ", ""))
    # What a student declares must not excuse him.
    return Submission(name, replace(client, name=key, unsupported={}))


def _is_class(path: Path) -> bool:
    """Whether the manifests are one level too deep."""
    return not path.is_symlink() and not any(path.glob(f"*{SUFFIX}")) and any(path.glob(f"*/*{SUFFIX}"))


def _closed(path: Path) -> Iterator[Path]:
    """The folder, or what is directly in it, if not everybody may read it."""
    if not _open(path):
        yield path  # and nobody may look into it
    yield from (each for each in path.iterdir() if not each.is_symlink() and not _open(each))


def _open(path: Path) -> bool:
    needed = 0o005 if path.is_dir() else 0o004
    return path.lstat().st_mode & needed == needed


def _names(paths: Sequence[Path]) -> list[str]:
    """The folders' names, or their paths if two have the same name."""
    names = [path.resolve().name for path in paths]
    return [printable(name if names.count(name) == 1 else str(path)) for path, name in zip(paths, names, strict=True)]


def _keys(paths: Sequence[Path]) -> list[str]:
    """Names as clients have them, all different: they are names of folders in the run."""
    found: list[str] = []
    for number, path in enumerate(paths, 1):
        key = re.sub(r"[^a-z0-9]+", "-", path.resolve().name.lower()).strip("-")[:LONGEST].strip("-")
        found.append(key if key and key not in found else f"{key[: LONGEST - 8]}-{number}".strip("-"))
    return found
