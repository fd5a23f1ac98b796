"""The tasks of a student and of a teacher: from their command lines to what is wrong with a client."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.live_line import live_line
from harness.cli.run_task import Given, run_task, say
from harness.errors import LabError, UsageError
from harness.printable import printable_json

if TYPE_CHECKING:
    from harness.compare.options import Options
    from harness.exercise.exercise import Exercise
    from harness.record.run_folder import RunFolder
    from harness.spec.client import Client


def check_task(given: Given) -> None:
    """Check a program, or explain a recorded run, and print the explanation or run.json."""
    from harness.check.command_line import read_trials
    from harness.check.expect import expected
    from harness.check.program import check, chosen, exit_status, explanations, repeated
    from harness.check.text import Checked
    from harness.compare.options import Options, refuse_with_replay
    from harness.judge.exit_status import incomplete
    from harness.judge.replay import replay as replay_run
    from harness.record.run_folder import open_run

    def task() -> int:
        _check_junit(given["junit"])
        again: list[str] = []
        if given["replay"]:
            refuse_with_replay(given)
            replayed = Path(given["replay"])
            if (count := len(open_run(replayed).run["clients"])) > 1:
                what = f"{replayed}: a check explains one client, and this run has {count}"
                raise UsageError(f"{what}; ./lab compare --replay {replayed} shows it")
            folder = replay_run(replayed, say)
        else:
            words, wanted = _words(given["command"]), expected(given["expect"])
            client, where = chosen(words, given["client"], given["image"], given["backend"])
            # The only client is already chosen.
            options = Options.given({**given, "client": (), "backend": where})
            again = repeated(words, given)
            with live_line(failures=False) as (tell, watch):
                folder = check(client, options, wanted, tell, watch)
        _write_junit(folder, given["junit"])
        if given["json"]:
            print(printable_json(folder.run))
        else:
            width = shutil.get_terminal_size().columns
            why, trials = explanations(folder), read_trials(folder)
            told = Checked(folder.run, str(folder.shown), why, trials, again, width, everything=given["all"])
            sys.stdout.write(told.text())
        return exit_status(folder) or (LabError.status if incomplete(folder.run) else 0)

    run_task(task)


def exercise_task(given: Given) -> None:
    """List the exercises, show one, or try a program in one; the exit status is that of a check."""
    from dataclasses import replace

    from harness.check.command_line import read_trials
    from harness.check.program import check, chosen, exit_status, explanations
    from harness.check.text import Checked
    from harness.compare.options import Options
    from harness.exercise.exercise import PROXY, discover, goals
    from harness.exercise.page import index, page, progress
    from harness.selection import select

    def task() -> int:
        known, width = discover(), shutil.get_terminal_size().columns
        if not given["name"] and (given["command"] or given["client"]):
            raise UsageError("name the exercise: ./lab exercise NAME -- COMMAND [ARG ...]; ./lab exercise lists them")
        if not given["name"]:
            sys.stdout.write(index(known.values()))
            return 0
        [exercise, *others] = select("exercise", given["name"], known)
        if others:
            raise UsageError(f"exercise {given['name']}: name one exercise")
        if not given["command"] and not given["client"]:
            sys.stdout.write(page(exercise, width))
            return 0
        _check_junit(given["junit"])
        client, where = chosen(_words(given["command"]), given["client"], given["image"], given["backend"])
        options = Options.given({**given, "client": (), "backend": where, "scenarios": ",".join(exercise.scenarios)})
        if exercise.program == PROXY:
            return _try_proxy(client, exercise, options, given)
        with live_line(failures=False) as (tell, watch):
            # A manifest must not excuse the client from what the exercise asks for.
            folder = check(replace(client, unsupported={}), options, exercise.expect, tell, watch)
        _write_junit(folder, given["junit"])
        if given["json"]:
            print(printable_json(folder.run))
        else:
            status = exit_status(folder)
            if status:
                told = Checked(folder.run, str(folder.shown), explanations(folder), read_trials(folder), (), width)
                sys.stdout.write(told.first())
            sys.stdout.write(progress(exercise, list(goals(exercise, folder.run["cells"])), width))
        return exit_status(folder)

    run_task(task)


def _try_proxy(client: Client, exercise: Exercise, options: Options, given: Given) -> int:
    """Try a proxy, and print how far it has come, or that as JSON."""
    from harness.check.junit import junit_of
    from harness.exercise.page import progress
    from harness.exercise.proxy import try_in_exercise
    from harness.report.write import write

    tried = try_in_exercise(client, options, say)
    goals = list(tried.goals(exercise))
    if given["junit"]:
        write(Path(given["junit"]), junit_of(exercise.name, [(g.what, "" if g.reached else g.seen) for g in goals]))
    if given["json"]:
        print(printable_json({"exercise": exercise.name, "goals": [vars(goal) for goal in goals]}))
    else:
        sys.stdout.write(progress(exercise, goals, shutil.get_terminal_size().columns))
        print(f"The evidence is in {tried.folder.shown}")
    return 0 if all(goal.reached for goal in goals) else 1


def grade_task(given: Given) -> None:
    """Grade submissions, write the files, and print a line for each submission."""
    from harness.compare.options import Options
    from harness.grade.command import Grading, exit_status
    from harness.grade.report import CSV, PAGE, summary

    def task() -> int:
        grading = Grading(
            Options.given({**given, "client": ()}),
            given["folder"],
            _words(given["command"]),
            given["image"],
            given["exercise"],
        )
        with live_line(failures=False) as (tell, watch):
            found = grading.grade(tell, watch)
        sys.stdout.write(summary(found, shutil.get_terminal_size().columns))
        print(f"written: {grading.out / CSV}, {grading.out / PAGE}")
        return exit_status(found)

    run_task(task)


def new_client_task(name: str, language: str, folder: str) -> None:
    """Make the folder of a new client, and say what to do next."""
    from harness.check.new_client import new_client

    def task() -> int:
        for line in new_client(name, language, Path(folder or name)):
            print(line)
        return 0

    run_task(task)


def _check_junit(file: str) -> None:
    """Refuse a file that cannot be written, before anything is run."""
    if file:
        from harness.report.write import check_place

        check_place(Path(file))


def _write_junit(folder: RunFolder, file: str) -> None:
    if file:  # what draws pages takes a fifth of a second to import
        from harness.check.junit import junit_of_check
        from harness.report.write import write

        write(Path(file), junit_of_check(folder))


def _words(command: str) -> list[str]:
    """The words after `--`, which `harness.__main__` has written as JSON."""
    try:
        return [str(word) for word in json.loads(command)] if command else []
    except (ValueError, TypeError):
        raise UsageError(
            f"--command {command!r}: write the command after two hyphens: ./lab check -- COMMAND [ARG ...]"
        ) from None
