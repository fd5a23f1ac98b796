"""Running everything that the claims need into one run's folder, and answering them from it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.backend import Say, ownership
from harness.backend.local import LocalBackend
from harness.claims import Claim, comparing, lessons, services
from harness.claims.programs import last_line
from harness.claims.records import Records, lesson_evidence, lesson_fault, service_evidence
from harness.claims.trials import TRIALS, carry_out
from harness.compare.matrix import compare
from harness.compare.options import Options
from harness.errors import LabError
from harness.lesson import lesson
from harness.record.run_folder import RunFolder
from harness.selection import select

ALL: tuple[Claim, ...] = tuple(
    sorted((*comparing.CLAIMS, *lessons.CLAIMS, *services.CLAIMS), key=lambda claim: claim.part)
)
RECORD = "claims.json"


def selected(names: str) -> list[Claim]:
    """The claims of a comma-separated list, or all if it is empty; UsageError if a name is unknown."""
    wanted = select("claim", names, {claim.id: claim for claim in ALL}) if names else ALL
    return [claim for claim in ALL if claim in wanted]  # in the order of the parts


def gather(options: Options, say: Say) -> RunFolder:
    """Run clients, lessons and services; their records are in the returned run's folder."""
    folder = compare(options, say)
    _lessons(folder.path, say)
    for name in TRIALS:
        say(f"service: {name}")
        carry_out(name, (folder.path / service_evidence(name)).parent)
    return folder


def _lessons(folder: Path, say: Say) -> None:
    """Run the Python lessons in the lab's own environment, because the claims are about its version of Twisted."""
    (folder / "lessons").mkdir()
    known = lesson.discover()
    with LocalBackend(ownership.this_owner()) as backend:
        for name in lessons.NEEDED:
            say(f"lesson: {name}")
            [variant] = [one for one in known[name].variants if one.language == "python"]
            outcome = lesson.run(backend, variant)
            (folder / lesson_evidence(name)).write_bytes(outcome.stdout)
            if outcome.stopped or outcome.exit.status != 0:
                (folder / lesson_fault(name)).write_text(_end(outcome) + "\n", "utf-8")


def _end(outcome: lesson.Outcome) -> str:
    if outcome.stopped:
        return f"was stopped: {outcome.stopped}"
    if outcome.exit.signal is not None:
        return f"ended by signal {outcome.exit.signal}"
    return f"ended with status {outcome.exit.status}: {last_line(lesson.as_text(outcome.stderr))}"


def answers(folder: RunFolder, claims: list[Claim]) -> list[dict[str, Any]]:
    """The answers that a run's folder gives to these claims, as JSON data."""
    records = Records(folder)
    return [
        {"id": claim.id, "part": claim.part, "claim": claim.text, **asdict(claim.answer(records))} for claim in claims
    ]


def save(folder: RunFolder, answered: list[dict[str, Any]]) -> None:
    """Write the answers into the run's folder; LabError if that fails."""
    temporary = folder.path / f".{RECORD}.new"
    try:
        temporary.write_text(json.dumps(answered, indent=1, ensure_ascii=False) + "\n", "utf-8")
        os.replace(temporary, folder.path / RECORD)
    except OSError as error:
        raise LabError(f"cannot write {folder.path / RECORD}: {error.strerror}") from None
