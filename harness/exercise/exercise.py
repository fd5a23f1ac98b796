"""The exercises as data, `exercises/NAME.toml`, in the order from easy to hard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.check.expect import UNSHOWN, achieved, expected
from harness.errors import UsageError
from harness.judge.breaches import BY_CODE
from harness.judge.exit_status import NO_FAILURE
from harness.judge.proxy_verdict import CODES
from harness.judge.verdict import SEQUENTIAL
from harness.paths import ROOT
from harness.spec import scenario_file
from harness.spec.data_file import bad, read_toml

FOLDER = ROOT / "exercises"
CLIENT, PROXY = "client", "proxy"
ORDER = (
    "whole-poem", "all-at-once", "say-it-at-once", "a-server-is-down", "half-a-poem", "give-up-in-time",
    "stop-when-told", "a-proxy", "a-crowd", "ten-thousand",
)  # fmt: skip


@dataclass(frozen=True)
class Exercise:
    """One task: a client must pass the scenarios and have the expected traits; `hints` are by reason code.

    `program` is what the student writes: a `client`, or a `proxy`, of which no traits are expected.
    """

    name: str
    title: str
    part: int
    scenarios: tuple[str, ...]
    expect: Mapping[str, str]
    text: tuple[str, ...]
    hints: Mapping[str, str]
    program: str = CLIENT


def discover(folder: Path = FOLDER) -> dict[str, Exercise]:
    """The exercises by name, easy ones first, those that `ORDER` does not name last; UsageError names a bad file."""
    found = {path.stem: _load(path) for path in sorted(folder.glob("*.toml"))}
    names = [name for name in ORDER if name in found] + [name for name in found if name not in ORDER]
    return {name: found[name] for name in names}


def _load(path: Path) -> Exercise:
    data = read_toml(path, "exercise")
    known = scenario_file.paths()
    for number, name in enumerate(data["scenarios"]):
        if name not in known:
            raise bad(path, ["scenarios", number], f"there is no scenario {name!r}")
    expect, program = data.get("expect", {}), data.get("program", CLIENT)
    if program == PROXY and expect:
        raise bad(path, ["expect"], "only a client has traits; remove it")
    try:
        expected(",".join(f"{trait}={value}" for trait, value in expect.items()))
    except UsageError as error:
        raise bad(path, ["expect"], str(error)) from None
    codes = CODES if program == PROXY else BY_CODE
    for code in data["hints"]:
        if code not in codes and code.removeprefix("trait-") not in expect:
            raise bad(path, ["hints", code], "there is no such reason code, or the trait is not expected")
    scenarios, text = tuple(data["scenarios"]), tuple(data["text"])
    return Exercise(path.stem, data["title"], data["part"], scenarios, expect, text, data["hints"], program)


@dataclass(frozen=True)
class Goal:
    """One thing that the exercise asks for, whether the client has achieved it, and what the lab saw instead."""

    what: str
    reached: bool
    seen: str
    hint: str = ""


def goals(exercise: Exercise, cells: Sequence[dict[str, Any]]) -> Iterator[Goal]:
    """What a run's cells show, first the scenarios, then the traits; the hint of the first failure is the next step."""
    for cell in cells:
        code = cell["reason"]["code"]
        # A scenario for clients that fetch all together is part of the exercise.
        passed = cell["verdict"] in NO_FAILURE and code != SEQUENTIAL
        seen = "passed" if passed else f"{cell['verdict']}, {code}"
        yield Goal(cell["scenario"], passed, seen, "" if passed else exercise.hints.get(code, ""))
    lab_failed = any(cell["verdict"] == "lab-error" for cell in cells)
    for what, has, seen in achieved(list(cells), exercise.expect):
        trait = what.partition("=")[0]
        no_hint = has or (lab_failed and seen == UNSHOWN)
        yield Goal(what, has, seen, "" if no_hint else exercise.hints.get(f"trait-{trait}", ""))
