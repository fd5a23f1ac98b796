"""The exercises: the lab's own clients solve them, and a typical wrong solution gets the hint that helps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from lab_process import QUICK, ROOT, SECONDS, WRONG, lab, unstarved

from harness.errors import UsageError
from harness.exercise.exercise import CLIENT, FOLDER, Exercise, discover, goals
from harness.exercise.page import page, progress
from harness.spec.language import languages

ALL = discover()
KNOWN = {name: one for name, one in ALL.items() if one.program == CLIENT}  # the proxy's tests are in test_proxy
# Kept here, out of a student's sight.
SOLUTIONS = {"python": "python-asyncio", "erlang": "erlang-processes", "haskell": "haskell-announcing"}
MISTAKES = {
    "whole-poem": ("drops-byte", "bytes-missing"),
    "all-at-once": ("sequential", "trait-connects"),
    "say-it-at-once": ("holds-reports", "trait-flush"),
    "a-server-is-down": ("loses-others", None),
    "half-a-poem": ("swallows-reset", "truncation-swallowed"),
    "give-up-in-time": ("no-timeout", None),
    "stop-when-told": ("ignores-signals", "signal-ignored"),
    "a-crowd": ("loses-others", None),
    "ten-thousand": ("uses-select", None),
}
LONG = "ten-thousand"  # the name of a scenario, too; it takes half a minute at its own pace
FEWER = {"a-crowd": 200, "ten-thousand": 1100}  # tasks, of which select() cannot wait for all 1100


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The cells of the solutions in every scenario of an exercise; each language has one solution for all."""
    assert set(SOLUTIONS) <= set(languages())
    scenarios = dict.fromkeys(name for each in KNOWN.values() for name in each.scenarios)
    out = tmp_path_factory.mktemp("solved")

    def cells(names: Iterable[str], pace: float) -> list[dict[str, Any]]:
        options = ("--clients", ",".join(SOLUTIONS.values()), "--scenarios", ",".join(names), "--tasks", 120)
        more = ("--pace", pace, "--backend", "local", "--late-budget", 1000, "--jobs", 6, "--out", out)
        found: list[dict[str, Any]] = lab("compare", *options, *more, "--json", seconds=900).run["cells"]
        return found

    return cells(scenarios.keys() - {LONG}, 1) + cells([LONG], 0.1)


@pytest.mark.parametrize("client", SOLUTIONS.values())
@pytest.mark.parametrize("name", KNOWN)
def test_an_exercise_has_a_solution_in_each_language(name: str, client: str, solved: list[dict[str, Any]]) -> None:
    exercise = KNOWN[name]
    own = [cell for cell in solved if cell["client"] == client and cell["scenario"] in exercise.scenarios]
    assert len(own) == len(exercise.scenarios)
    assert [goal for goal in goals(exercise, own) if not goal.reached] == []


@pytest.mark.parametrize("name", KNOWN)
def test_a_typical_mistake_gets_the_hint_that_helps(name: str, tmp_path: Path) -> None:
    mistake, code = MISTAKES[name]
    options = ("--client", WRONG / mistake, "--backend", "local", "--out", tmp_path, "--late-budget", 5000)
    pace = () if name in ("give-up-in-time", "a-crowd") else ("--pace", 0.5)
    fewer = ("--tasks", FEWER[name]) if name in FEWER else ()
    told = unstarved(lambda: lab("exercise", name, *options, *pace, *fewer, seconds=SECONDS))
    assert told.status == 1, told.stderr
    assert "not yet " in told.stdout
    [hint] = [" ".join(part.split()) for part in told.stdout.split("Hint: ")[1:]]
    hints = KNOWN[name].hints
    assert hint == (hints[code] if code else hint) and hint in hints.values()


def test_a_solved_exercise_says_so(tmp_path: Path) -> None:
    options = ("--client", WRONG / "honest", "--backend", "local", "--out", tmp_path, *QUICK)
    told = unstarved(lambda: lab("exercise", "all-at-once", *options))
    assert (told.status, told.stdout.splitlines()[-1]) == (0, "The exercise all-at-once is solved."), told.stderr


def test_what_the_machine_does_not_allow_is_no_mistake_of_the_program(tmp_path: Path) -> None:
    told = lab("exercise", "ten-thousand", "--out", tmp_path, "--", "true", files=1024)
    assert told.status == 4 and "Hint" not in told.stdout, told
    assert "the limit here is 1024: ulimit -n 10057" in " ".join(told.stdout.split())


def test_all_are_listed_and_each_is_shown() -> None:
    listed = lab("exercise").stdout
    for name, exercise in ALL.items():
        assert f"  {name} " in listed
        shown = page(exercise, 80)
        assert all(len(line) <= 80 for line in shown.splitlines())
        assert f"./lab exercise {name} -- ./my-{exercise.program}" in shown


def test_an_unknown_exercise_is_refused() -> None:
    lab("exercise", "zzz").refused(2, "unknown exercise 'zzz'", "whole-poem")
    lab("exercise", "whole-poem,a-crowd").refused(2, "name one exercise")


GOOD = 'schema = 1\ntitle = "T"\npart = 20\nscenarios = ["trio"]\ntext = ["Do it."]\n'


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace('"trio"', '"nowhere"'), "there is no scenario 'nowhere'"),
        (lambda text: text.replace("part = 20", "part = 3"), "part"),
        (lambda text: f'{text}[expect]\nconnects = "sideways"\n', "the values of connects are"),
        (lambda text: f'{text}[hints]\nno-such-code = "x"\n', "no such reason code"),
        (lambda text: f'{text}[hints]\ntrait-flush = "x"\n', "the trait is not expected"),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, change: Callable[[str], str], words: str) -> None:
    text = change(GOOD)
    (tmp_path / "mine.toml").write_text(text if "[hints]" in text else f'{text}[hints]\nexit-lies = "x"\n')
    with pytest.raises(UsageError, match=words):
        discover(tmp_path)


def test_a_new_file_is_a_new_exercise(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(f'{GOOD}[hints]\nexit-lies = "Tell the truth."\n')
    assert list(discover(tmp_path)) == ["mine"]


def test_the_hint_of_the_first_failure_is_shown() -> None:
    exercise = Exercise("e", "T", 20, ("trio",), {}, ("Do it.",), {"exit-lies": "Tell the truth."})
    failed = {"scenario": "trio", "verdict": "fail", "reason": {"code": "exit-lies"}, "axes": {}}
    told = progress(exercise, list(goals(exercise, [failed])), 80)
    assert told == "not yet trio: fail, exit-lies\n\ne: 0 of 1 goal achieved.\nHint: Tell the truth.\n"


def test_who_fetches_too_few_poems_together_has_not_passed() -> None:
    exercise = Exercise("e", "T", 21, ("many-down",), {}, ("Do it.",), {})
    too_few = {"scenario": "many-down", "verdict": "unsupported", "reason": {"code": "sequential"}, "axes": {}}
    assert not any(goal.reached for goal in goals(exercise, [too_few]))


def test_the_folder_is_where_the_design_has_it() -> None:
    assert FOLDER == ROOT / "exercises"
