"""The claims about Deferreds: answered from what the lessons print today, and from other outputs (opposites)."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.claims import FAILS, HOLDS, LIMITED, UNSEEN, Answer, gather, lessons
from harness.claims.records import Records, lesson_evidence, lesson_fault
from harness.lesson import lesson
from harness.record.run_folder import RunFolder

CLAIMS = {claim.id: claim for claim in lessons.CLAIMS}

Outputs = dict[str, str]


def as_recorded() -> Outputs:
    """The recorded outputs of the lessons; `python/tests/test_lessons.py` compares the lessons with them."""
    known = lesson.discover()
    python = {name: next(v for v in known[name].variants if v.language == "python") for name in lessons.NEEDED}
    return {name: variant.recorded.read_text("utf-8") for name, variant in python.items()}


def answer(folder: Path, id_: str, printed: Outputs, faults: Outputs | None = None) -> Answer:
    """The answer to a claim from a run's folder with these outputs of the lessons."""
    (folder / "lessons").mkdir()
    for name, text in printed.items():
        (folder / lesson_evidence(name)).write_text(text, "utf-8")
    for name, fault in (faults or {}).items():
        (folder / lesson_fault(name)).write_text(fault, "utf-8")
    return CLAIMS[id_].answer(Records(RunFolder(folder, {"cells": []})))


# For each claim: a lesson, lines that it prints, and what it would print instead if the claim did not hold.
OPPOSITES: dict[str, dict[str, tuple[str, str, str]]] = {
    "inline-order": {
        "the second before the first": (
            "inline-order",
            "reactor: fires with 'one'\n  second callback got 'one'\n  third callback got 'two'\n",
            "  second callback got 'two'\nreactor: fires with 'one'\n  third callback got 'one'\n",
        ),
        "a plain value comes later": (
            "inline-plain-value",
            "  second callback got 1\nback from the call; all has run: True\n",
            "back from the call; all has run: False\n  second callback got 1\n",
        ),
        "a failure is yielded as a value": (
            "inline-exception",
            "the yield raised ConnectionError('no poem today')",
            "the yield gave Failure()",
        ),
    },
    "list-order": {
        "in firing order": (
            "list-order",
            "1: ecstasy (fired third)\nlist result 2: fog (fired first)\nlist result 3: science (fired second)\n",
            "1: fog (fired first)\nlist result 2: science (fired second)\nlist result 3: ecstasy (fired third)\n",
        ),
        "one is missing": ("list-order", "list result 2: fog (fired first)\n", ""),
    },
    "list-never-fails": {
        "it fails": ("one-of-many-fails", "the list's callback runs", "the list's errback runs"),
        "the failure is dropped": ("one-of-many-fails", "  2: success False, ConnectionError('no such server')\n", ""),
        "an empty one waits": ("list-empty", "made; it has fired: True\n", "made; it has fired: False\n"),
        "consumed errors are logged": (
            "list-consume-errors",
            "logged: []",
            "logged: [\"ConnectionError('no such server')\"]",
        ),
    },
    "cancel-errback": {
        "nothing happens": ("cancel-waiting", "errback got CancelledError()\n", ""),
        "another error": ("cancel-waiting", "CancelledError()", "ValueError()"),
        "a later result arrives": ("cancel-then-fire", "its callback got: []", "its callback got: ['a poem']"),
        "a later result is an error": (
            "cancel-then-fire",
            "fired after all; its callback got: []",
            "fired after all; raised AlreadyCalledError()",
        ),
    },
    "cancel-fired": {
        "the canceller runs": ("cancel-finished", "calls of its canceller: 0", "calls of its canceller: 1"),
        "the result is lost": (
            "cancel-finished",
            "a later callback got 'a poem'",
            "a later errback got CancelledError",
        ),
    },
    "cancel-inner": {
        "the inner one goes on": (
            "cancel-inner",
            "the inner canceller is called\nouter errback got CancelledError()\nfired: outer True, inner True\n",
            "fired: outer True, inner False\n",
        ),
        "the inner one goes on, unheard": (
            "cancel-inner",
            "the inner canceller is called\nouter errback got CancelledError()\nfired: outer True, inner True\n",
            "outer errback got CancelledError()\nfired: outer True, inner False\n",
        ),
        "its canceller runs, and it goes on": (
            "cancel-inner",
            "outer errback got CancelledError()\nfired: outer True, inner True\n",
            "outer errback got CancelledError()\nfired: outer True, inner False\n",
        ),
        "it ends, but its canceller is passed by": ("cancel-inner", "the inner canceller is called\n", ""),
        "the outer one is not told": ("cancel-inner", "outer errback got CancelledError()\n", ""),
    },
    "cancel-not-abort": {
        "the work is given up": ("cancel-not-abort", "the work is done: sending the poem\n", ""),
    },
}

# For each claim: the same for lessons with a wrong set-up, which show nothing.
SET_UP: dict[str, list[tuple[str, str, str]]] = {
    "inline-order": [
        ("inline-order", "reactor: fires with 'two'\n", ""),
        ("inline-plain-value", "calling\n", ""),
        ("inline-exception", "the generator waits; it has ended: False\n", ""),
    ],
    "list-order": [
        ("list-order", "firing fog\nfiring science\nfiring ecstasy", "firing ecstasy\nfiring fog\nfiring science"),
        ("list-order", "firing fog\n", ""),
        ("list-order", "list: ecstasy, fog, science\n", ""),
    ],
    "list-never-fails": [
        ("list-consume-errors", "logged: [\"ConnectionError('no such server')\"]", "logged: []"),
        ("list-consume-errors", "  logged: []\n", ""),
        ("list-empty", "made; it has fired: True\n", ""),
    ],
    "cancel-errback": [
        ("cancel-waiting", "waiting; it has fired: False\n", "waiting; it has fired: True\n"),
        (
            "cancel-then-fire",
            "fired after all; its callback got: []\nfired once more; raised AlreadyCalledError()\n",
            "",
        ),
    ],
    "cancel-fired": [("cancel-finished", "fired: True\n", "fired: False\n")],
    "cancel-inner": [("cancel-inner", "fired: outer True, inner False\n", "fired: outer False, inner False\n")],
    "cancel-not-abort": [("cancel-not-abort", "errback got CancelledError()\n", "")],
}


def changed(name: str, recorded: str, otherwise: str) -> Outputs:
    """The recorded outputs of all lessons, with one of them changed."""
    printed = as_recorded()
    assert recorded in printed[name], "the lesson's output has changed: change this test as well"
    return {**printed, name: printed[name].replace(recorded, otherwise)}


@pytest.mark.parametrize("id_", CLAIMS)
def test_a_claim_holds_for_the_recorded_outputs(id_: str, tmp_path: Path) -> None:
    said = answer(tmp_path, id_, as_recorded())
    # Only one later result is ignored; the next one raises.
    assert said.answer == (LIMITED if id_ == "cancel-errback" else HOLDS), said
    assert said.evidence and all((tmp_path / path).is_file() for path in said.evidence)


@pytest.mark.parametrize(("id_", "what"), [(id_, what) for id_, worlds in OPPOSITES.items() for what in worlds])
def test_a_claim_does_not_hold_for_an_opposite_output(id_: str, what: str, tmp_path: Path) -> None:
    said = answer(tmp_path, id_, changed(*OPPOSITES[id_][what]))
    assert said.answer == FAILS, said


def test_every_claim_has_an_opposite() -> None:
    assert OPPOSITES.keys() == SET_UP.keys() == CLAIMS.keys()


@pytest.mark.parametrize(("id_", "change"), [(id_, change) for id_, changes in SET_UP.items() for change in changes])
def test_nothing_is_observed_if_the_set_up_is_wrong(id_: str, change: tuple[str, str, str], tmp_path: Path) -> None:
    said = answer(tmp_path, id_, changed(*change))
    assert said.answer == UNSEEN, said


@pytest.mark.parametrize("id_", CLAIMS)
def test_nothing_is_observed_if_no_lesson_was_run(id_: str, tmp_path: Path) -> None:
    said = answer(tmp_path, id_, {})
    assert said.answer == UNSEEN and "was not run" in said.figures, said


@pytest.mark.parametrize("id_", CLAIMS)
def test_nothing_is_observed_if_the_lesson_failed(id_: str, tmp_path: Path) -> None:
    fault = "ended with status 1: ImportError: no such module"
    said = answer(tmp_path, id_, dict.fromkeys(lessons.NEEDED, ""), dict.fromkeys(lessons.NEEDED, fault))
    assert said.answer == UNSEEN and fault in said.figures, said


def test_if_all_later_results_are_ignored_there_is_no_limit(tmp_path: Path) -> None:
    printed = changed("cancel-then-fire", "fired once more; raised AlreadyCalledError()\n", "fired once more\n")
    assert answer(tmp_path, "cancel-errback", printed).answer == HOLDS


def test_a_failed_lesson_is_recorded_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = lesson.Variant("no-such-lesson", "python", tmp_path / "no_such_lesson.py")
    monkeypatch.setattr(lessons, "NEEDED", (nothing.lesson,))
    monkeypatch.setattr(lesson, "discover", lambda: {nothing.lesson: lesson.Lesson(nothing.lesson, 19, "", (nothing,))})
    gather._lessons(tmp_path, lambda line: None)
    fault = (tmp_path / lesson_fault(nothing.lesson)).read_text("utf-8")
    assert fault.startswith("ended with status ") and "no-such-lesson" in fault and fault.count("\n") == 1
