"""Running all that the claims need, into one run's folder; and reading it again."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from harness import lesson, owner
from harness.backend import Say
from harness.backend.local import LocalBackend
from harness.claims import Claim, comparing, lessons, services
from harness.claims.records import Records
from harness.claims.trials import TRIALS, carry_out
from harness.compare import compare
from harness.errors import LabError
from harness.options import Options
from harness.replay import replay
from harness.run_folder import RunFolder
from harness.selection import select

ALL: tuple[Claim, ...] = tuple(
    sorted((*comparing.CLAIMS, *lessons.CLAIMS, *services.CLAIMS), key=lambda claim: claim.part)
)
RECORD = "claims.json"


def selected(names: str) -> list[Claim]:
    """The claims of a comma-separated list, or all; UsageError lists near names."""
    known = {claim.id: claim for claim in ALL}
    return select("claim", names, known) if names else list(ALL)


def gather(options: Options, say: Say) -> RunFolder:
    """Run clients, lessons and services; the run's folder holds the records of all."""
    folder = compare(options, say)
    _lessons(folder.path / "lessons", say)
    for name in TRIALS:
        say(f"service: {name}")
        carry_out(name, folder.path / "services" / name)
    return folder


def _lessons(folder: Path, say: Say) -> None:
    """The Python lessons, in the lab's own environment: today's Twisted is what the claims are about."""
    folder.mkdir()
    known = lesson.discover()
    with LocalBackend(owner.this_owner()) as backend:
        for name in lessons.NEEDED:
            say(f"lesson: {name}")
            [variant] = [one for one in known[name].variants if one.language == "python"]
            (folder / f"{name}.txt").write_bytes(lesson.run(backend, variant).stdout)


def read(path: Path, say: Say) -> RunFolder:
    """A run's folder that was gathered before, judged again."""
    return replay(path, say)


def answers(folder: RunFolder, claims: list[Claim]) -> list[dict[str, Any]]:
    """The answers to these claims from a run's folder."""
    records = Records(folder)
    return [
        {"id": claim.id, "part": claim.part, "claim": claim.text, **claim.answer(records).__dict__} for claim in claims
    ]


def save(folder: RunFolder, answered: list[dict[str, Any]]) -> None:
    """Write them into the run's folder."""
    temporary = folder.path / f".{RECORD}.new"
    try:
        temporary.write_text(json.dumps(answered, indent=1, ensure_ascii=False) + "\n", "utf-8")
        os.replace(temporary, folder.path / RECORD)
    except OSError as error:
        raise LabError(f"cannot write {folder.path / RECORD}: {error.strerror}") from None
