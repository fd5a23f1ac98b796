"""`./lab grade`: a class with a hostile submission, in containers; and what a recorded run says of each submission."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from class_maker import HERE, WRONG, make_class, submit
from lab_process import BUILD_SECONDS, QUICK, lab
from small_run import example_run

from harness.cli.words import with_options
from harness.compare.options import Options
from harness.errors import Interrupted, UsageError
from harness.exercise.exercise import Exercise, discover
from harness.grade import arguments, command
from harness.grade.command import NOT_CONTAINED, Grading, exit_status, light
from harness.grade.grading import NOT_GRADED, PASSED, Decided, Row, common, rows
from harness.grade.report import sheet, summary
from harness.grade.submission import FAILED, LAB_ERROR, Submission, submissions
from harness.record.run_folder import RunFolder, clients_of, open_run
from harness.spec.scenario_file import discover as scenarios

KNOWN = discover()
CLASS = (*QUICK[:2], "--late-budget", "5000", "--no-install")


def table(out: Path) -> dict[str, dict[str, str]]:
    """The rows of the CSV by name."""
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def test_a_hostile_submission_hurts_no_other_and_a_broken_one_is_a_row(tmp_path: Path, engine: object) -> None:
    make_class(tmp_path / "class", ["honest", "sequential"], ["spy"])
    (tmp_path / "class" / "=1+1").mkdir()
    folders = sorted((tmp_path / "class").iterdir())
    words = ("--exercise", "all-at-once,half-a-poem", "--out", tmp_path / "out", *CLASS)
    ended = lab("grade", *folders, *words, seconds=BUILD_SECONDS)
    assert ended.status == 0, ended.stderr
    told = table(tmp_path / "out")
    columns = ("points", "all-at-once", "half-a-poem", "arguments")
    outcomes = {name: tuple(map(row.get, columns)) for name, row in told.items()}
    assert outcomes == {
        "01-honest": ("3", PASSED, PASSED, PASSED),  # although its manifest asks to leave out `reset`
        "02-sequential": ("2", FAILED, PASSED, PASSED),
        "03-spy": ("0", FAILED, FAILED, FAILED),
        "'=1+1": ("0", FAILED, FAILED, FAILED),
        "broken": ("0", FAILED, FAILED, FAILED),
        "empty": ("0", FAILED, FAILED, FAILED),
    }
    assert told["02-sequential"]["mend"].startswith(
        "all-at-once, connects=together: in-turn in trio. Start all fetches"
    )
    assert "not a TOML file" in told["broken"]["mend"] and "no manifest" in told["empty"]["mend"]
    # What the hostile one printed does nothing: not in the page, not in the table, not on the terminal.
    page = (tmp_path / "out" / "grades.html").read_text("utf-8")
    assert "&lt;script&gt;alert(" in page and "\\x1b]0;owned" in page and not re.search(r"<script|<img", page)
    shown = page + ended.stdout + (tmp_path / "out" / "grades.csv").read_text("utf-8-sig")
    assert all(char.isprintable() or char in "\n" for char in shown)
    # It found nobody's work, and what it said of it is evidence.
    [run] = tmp_path.glob("out/*/run.json")
    said = [file.read_text(errors="replace") for file in run.parent.glob("cells/*/*/03-spy/*/stderr")]
    assert said and all("found 0 of them: []" in text for text in said)
    assert "02-sequential    2 of 3  all-at-once, connects=together" in ended.stdout


def test_without_containers_the_lab_says_that_nothing_is_contained(tmp_path: Path) -> None:
    shutil.copytree(WRONG / "honest", tmp_path / "ann", ignore=shutil.ignore_patterns("*.toml"))
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob" / "client.py").write_text("import sys\nprint(sys.argv[1])\n")
    words = ("--exercise", "half-a-poem", "--backend", "local", "--out", tmp_path / "out", *CLASS)
    ended = lab("grade", tmp_path / "ann", tmp_path / "bob", *words, "--", "python3", "client.py")
    assert ended.status == 0 and NOT_CONTAINED in ended.stderr, ended.stderr
    told = table(tmp_path / "out")
    assert (told["ann"]["half-a-poem"], told["ann"]["arguments"]) == (PASSED, PASSED)
    page = (tmp_path / "out" / "grades.html").read_text("utf-8")
    assert NOT_CONTAINED[1:] in page
    # The first wrong answer is enough, and is told.
    assert (told["bob"]["points"], told["bob"]["arguments"]) == ("0", FAILED)
    assert "== command line: no arguments\n  Your message does not say `usage`; your exit status was 1." in page
    assert [path.name for path in tmp_path.glob("out/*/command-line/bob/*/")] == ["no-arguments"]


@pytest.fixture
def example() -> RunFolder:
    """A recorded run of seven clients, as if each was a student's."""
    return open_run(example_run())


def of_example(folder: RunFolder, *names: str) -> list[Submission]:
    return [Submission(name, clients_of(folder)[name]) for name in names]


EXERCISES = [KNOWN["all-at-once"], KNOWN["say-it-at-once"], KNOWN["half-a-poem"]]


def grades(row: Row) -> list[str]:
    return [grade.outcome for grade in row.grades]


def test_each_exercise_is_judged_by_its_own_traits(example: RunFolder) -> None:
    names = ("python-asyncio", "python-blocking", "haskell-lazy")
    both, one_by_one, silent = rows(example, of_example(example, *names), EXERCISES)
    assert grades(both) == [PASSED] * 3 and (both.points, both.mend) == (3, "")
    assert grades(one_by_one) == [FAILED, PASSED, PASSED]
    assert "Hint: Start all fetches first" in one_by_one.grades[0].text
    assert grades(silent) == [PASSED, FAILED, PASSED] and silent.mend.startswith("say-it-at-once, flush=live: ")
    assert exit_status([both, one_by_one, silent]) == 0


def test_what_the_lab_could_not_try_is_no_failure(example: RunFolder) -> None:
    ran = {cell["scenario"]: cell for cell in example.run["cells"] if cell["client"] == "python-blocking"}
    late = {**ran["trio"], "verdict": "lab-error", "reason": {"code": "servers-late", "sentence": "they were late"}}
    unbuilt = {**ran["reset"], "verdict": "build-failed", "reason": {"code": "build-failed", "sentence": "no image"}}
    example.run["cells"] = [late, {**unbuilt, "evidence": None}]
    [row] = rows(example, of_example(example, "python-blocking"), EXERCISES)
    assert grades(row) == [LAB_ERROR] * 3 and exit_status([row]) == 4
    assert NOT_GRADED in row.grades[0].text  # `burst` is missing, because the lab was stopped
    assert row.mend.startswith("all-at-once, trio: lab-error, servers-late.")


def test_a_scenario_for_clients_that_fetch_together_is_failed_by_others(example: RunFolder) -> None:
    cell = next(cell for cell in example.run["cells"] if cell["client"] == "python-blocking")
    example.run["cells"] = [{**cell, "verdict": "unsupported", "reason": {"code": "sequential", "sentence": "too few"}}]
    exercise = Exercise("e", "T", 21, (cell["scenario"],), {}, ("Do it.",), {})
    [row] = rows(example, of_example(example, "python-blocking"), [exercise])
    assert grades(row) == [FAILED]


def test_an_interrupted_grading_keeps_what_is_graded(
    example: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(tmp_path / "python-asyncio", WRONG / "honest" / "client.py")

    def play(*words: Any) -> None:
        words[-1](example)
        example.run["cells"] = [cell for cell in example.run["cells"] if cell["scenario"] == "reset"]
        raise Interrupted(2)

    monkeypatch.setattr(command, "play", play)
    options = Options(backend="local", out=tmp_path / "out")
    grading = Grading(options, [str(tmp_path / "python-asyncio")], [], "", "half-a-poem,all-at-once")
    with pytest.raises(Interrupted):
        grading.grade(print, print)
    row = table(tmp_path / "out")["python-asyncio"]
    assert (row["half-a-poem"], row["all-at-once"], row["arguments"]) == (PASSED, LAB_ERROR, LAB_ERROR)
    assert "The lab was stopped" in (tmp_path / "out" / "grades.html").read_text()


def test_a_client_that_is_stopped_alone_is_not_the_lab_s_fault(example: RunFolder) -> None:
    [ran] = [one for one in example.run["cells"] if (one["client"], one["scenario"]) == ("python-blocking", "reset")]
    hung = {**ran, "verdict": "lab-error", "reason": {"code": "starved", "sentence": "s"}, "stopped": "timeout"}
    example.run["cells"] = [{**hung, "attempt": 2}]
    [row] = rows(example, of_example(example, "python-blocking"), [KNOWN["half-a-poem"]])
    assert row.mend.startswith("half-a-poem, reset: timeout, killed-at-limit.")


def test_the_arguments_of_a_client_that_does_not_end_are_not_tried_and_get_no_point(example: RunFolder) -> None:
    [who] = of_example(example, "python-blocking")
    assert arguments.grade(example, who).outcome == LAB_ERROR  # nothing was tried, and nothing says why
    for cell in example.run["cells"]:
        if cell["client"] == "python-blocking":
            cell.update(verdict="timeout", stopped="timeout", attempt=1)
    told = arguments.grade(example, who)
    assert told.outcome == FAILED and told.text.endswith("where nothing goes wrong.\n"), told


def test_the_shortest_scenarios_in_which_every_client_must_end_come_first() -> None:
    chosen = [scenarios()[name] for name in ("trio", "reset", "burst", "long")]
    assert list(Decided(chosen, []).first) == ["long", "burst"]  # reset is shorter than burst, but it has a fault


def test_a_large_scenario_is_left_out_if_its_exercise_has_failed_already() -> None:
    policy = Decided(list(scenarios().values()), [KNOWN["a-crowd"]])
    for verdict, left_out in (("fail", True), ("pass", False), ("lab-error", False)):
        why = policy.needless("crowd", [{"scenario": "many-down", "verdict": verdict}])
        assert (why is not None) == left_out, verdict
    assert "a-crowd" not in [one.name for one in light(KNOWN.values())]


def test_traits_that_exercises_disagree_on_are_not_expected_of_the_run() -> None:
    apart = replace(KNOWN["all-at-once"], expect={"connects": "in-turn"})
    assert common([KNOWN["all-at-once"], KNOWN["say-it-at-once"]]) == {"connects": "together", "flush": "live"}
    assert common([KNOWN["all-at-once"], apart, KNOWN["say-it-at-once"]]) == {"flush": "live"}


@pytest.fixture
def named(tmp_path: Path) -> Iterator[Path]:
    """Folders whose names are no names of clients."""
    for name in ("Ünal, Özgür", "a/ANN", "b/ann", "-- x"):
        submit(tmp_path / name, HERE / "hostile" / "spy.py")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    yield tmp_path


def test_submissions_are_named_after_their_folders(named: Path) -> None:
    folders = [str(named / name) for name in ("Ünal, Özgür", "a/ANN", "b/ann", "-- x")]
    found = submissions(folders, [], "", contained=True)
    assert [one.name for one in found] == ["Ünal, Özgür", "ANN", "ann", "-- x"]
    keys = [one.client.name for one in found if one.client]
    assert len(set(keys)) == 4 and all(re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", key) for key in keys), keys
    twice = submissions([str(named / "a" / "ANN"), str(named / "link" / "ANN")], [], "", contained=True)
    assert len({one.name for one in twice}) == 2


def test_what_is_no_submission_says_why(named: Path) -> None:
    [link] = submissions([str(named / "link")], [], "", contained=True)
    assert (link.outcome, link.client) == (FAILED, None) and "symbolic link" in link.fault
    os.chmod(named / "b" / "ann" / "spy.py", 0o600)
    [closed] = submissions([str(named / "b" / "ann")], [], "", contained=True)
    assert closed.outcome == LAB_ERROR and "chmod -R o+rX" in closed.fault
    refused = {"": "grade needs submissions", "nobody": "there is no such folder", "a": r"name each .*/a/\*/"}
    for folders, words in (([str(named / name)] if name else [], words) for name, words in refused.items()):
        with pytest.raises(UsageError, match=words):
            submissions(folders, [], "", contained=True)


def test_a_spreadsheet_computes_nothing(example: RunFolder) -> None:
    [row] = rows(example, of_example(example, "python-blocking"), EXERCISES)
    [_, line] = sheet([replace(row, name="=HYPERLINK(1)")]).splitlines()
    assert line.startswith("'=HYPERLINK(1),2,failed,passed,passed,")
    assert all(len(each) <= 80 for each in summary([row, replace(row, name="x" * 99)], 80).splitlines())


def test_the_words_of_a_command_line_are_folders_or_values() -> None:
    words = ["lab", "grade", "a", "--exercise", "x", "b/", "--no-install", "c", "-o", "y", "--image=i"]
    assert with_options([*words, "--", "./p", "--q"], {"grade"}) == [
        "lab", "grade", "--folder=a", "--exercise", "x", "--folder=b/", "--no-install", "--folder=c", "-o", "y",
        "--image=i", f"--command={json.dumps(['./p', '--q'])}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "grade needs submissions"),
        (("nowhere",), "nowhere: there is no such folder"),
        ((".", "--exercise", "nothing"), "unknown exercise 'nothing'"),
        ((".", "--backend", "local", "--image", "x", "--", "true"), "--image"),
    ],
)
def test_bad_usage_is_refused(words: tuple[str, ...], told: str) -> None:
    lab("grade", *words).refused(2, told)


def test_grades_of_others_are_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "grades"
    out.mkdir()
    (out / "grades.csv").write_text("\ufeffname,points\nann,1\n'=ben,2\n", "utf-8")
    for name in ("ann", "=ben"):
        (tmp_path / name).mkdir()
    lab("grade", tmp_path / "ann", "--backend", "local", "--out", out).refused(2, "grades of others, such as '=ben")
    Grading(Options(backend="local", out=out), [str(tmp_path / "ann"), str(tmp_path / "=ben")], [], "", "")


def test_a_submission_without_the_script_fails_by_name(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir(mode=0o755)
    [one] = submissions([str(tmp_path / "empty")], ["perl", "get-poetry.pl"], "image", contained=False)
    assert (one.client, one.outcome) == (None, FAILED)
    assert one.fault.startswith("get-poetry.pl: there is no such file")


@pytest.mark.usefixtures("engine")
def test_grades_are_kept_if_the_image_of_all_submissions_is_missing(tmp_path: Path) -> None:
    out, folder = tmp_path / "grades", tmp_path / "ann"
    for place in (tmp_path, out, folder):
        place.mkdir(exist_ok=True)
        place.chmod(0o755)
    (out / "grades.csv").write_text("the grades of last week")
    told = lab("grade", folder, "--image", "no-such-image:1", "--out", out, "--", "./client")
    told.refused(2, "docker pull no-such-image:1")
    assert (out / "grades.csv").read_text() == "the grades of last week"
