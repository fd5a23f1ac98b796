"""The work of each task: from its command line to the lab's functions, and from their results to its output."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli.live_line import live_line
from harness.cli.run_task import run_task, say
from harness.errors import UsageError
from harness.printable import printable_json

if TYPE_CHECKING:
    from harness.record.run_folder import RunFolder

Given = Mapping[str, Any]  # a task's options by invoke's names for them, and other local names; see tasks.py


def compare_task(given: Given) -> None:
    """Compare, or replay, and print the table or run.json."""
    from harness.compare.matrix import compare
    from harness.compare.options import Options
    from harness.judge.exit_status import exit_status
    from harness.judge.replay import replay as replay_run

    def task() -> int:
        options, replay = Options.given(given), given["replay"]
        options.check()
        if replay:
            folder = replay_run(Path(replay), say)
        else:
            with live_line() as (tell, watch):
                folder = compare(options, tell, watch)
        _print_run(folder, given["json"])
        return exit_status(folder.run["cells"], options.fail_on)

    run_task(task)


def worker_task(scheduler: str, jobs: str, backend: str, no_install: bool) -> None:
    """Run cells for a Dask cluster until a signal."""
    from harness.compare.host import host
    from harness.compare.options import GIVEN

    run_task(lambda: host(scheduler, GIVEN["jobs"][1](jobs), backend, install=not no_install, say=say))


def merge_task(runs: Sequence[str], out: str, as_json: bool) -> None:
    """Merge runs and print the table or run.json of the merged run."""
    from harness.compare.merge import merge

    def task() -> int:
        folder = merge([Path(run) for run in runs], Path(out) if out else None, say)
        _print_run(folder, as_json)
        status: int = folder.run["status"]
        return status

    run_task(task)


def _print_run(folder: RunFolder, as_json: bool) -> None:
    from harness.report.table import table

    if as_json:
        print(printable_json(folder.run))
    else:
        sys.stdout.write(table(folder.run, shutil.get_terminal_size().columns))
        print(f"The evidence is in {folder.shown}")


def check_task(given: Given) -> None:
    """Check a program, or explain a recorded run, and print the explanation or run.json."""
    from harness.check.command_line import read_trials
    from harness.check.expect import expected
    from harness.check.program import check, chosen, exit_status, explanations, repeated
    from harness.check.text import Checked
    from harness.compare.options import Options
    from harness.judge.replay import replay as replay_run

    def task() -> int:
        _check_junit(given["junit"])
        again: list[str] = []
        if given["replay"]:
            folder = replay_run(Path(given["replay"]), say)
        else:
            words, wanted = _words(given["command"]), expected(given["expect"])
            client, where = chosen(words, given["client"], given["image"], given["backend"])
            # The only client is already chosen.
            options = Options.given({**given, "client": (), "backend": where})
            again = repeated(words, given)
            with live_line() as (tell, watch):
                folder = check(client, options, wanted, tell, watch)
        _write_junit(folder, given["junit"])
        if given["json"]:
            print(printable_json(folder.run))
        else:
            width = shutil.get_terminal_size().columns
            why, trials = explanations(folder), read_trials(folder)
            told = Checked(folder.run, str(folder.shown), why, trials, again, width, everything=given["all"])
            sys.stdout.write(told.text())
        return exit_status(folder)

    run_task(task)


def exercise_task(given: Given) -> None:
    """List the exercises, show one, or try a program in one; the exit status is that of a check."""
    from dataclasses import replace

    from harness.check.command_line import read_trials
    from harness.check.program import check, chosen, exit_status, explanations
    from harness.check.text import Checked
    from harness.compare.options import Options
    from harness.exercise.exercise import discover, goals
    from harness.exercise.page import index, page, progress
    from harness.selection import select

    def task() -> int:
        known, width = discover(), shutil.get_terminal_size().columns
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
        with live_line() as (tell, watch):
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


def grade_task(given: Given) -> None:
    """Grade submissions, write the files, and print a line for each submission."""
    from dataclasses import replace

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
        with live_line() as (tell, watch):
            # A failure of a student is nothing unusual, so that it gets no line of its own on a terminal.
            found = grading.grade(tell, lambda progress: watch(replace(progress, expected=True)))
        sys.stdout.write(summary(found, shutil.get_terminal_size().columns))
        print(f"written: {grading.out / CSV}, {grading.out / PAGE}")
        return exit_status(found)

    run_task(task)


def _check_junit(file: str) -> None:
    """Refuse a file that cannot be written, before anything is run."""
    from harness.report.write import check_place

    if file:
        check_place(Path(file))


def _write_junit(folder: RunFolder, file: str) -> None:
    from harness.check.junit import junit_of_check
    from harness.report.write import write

    if file:
        write(Path(file), junit_of_check(folder))


def _words(command: str) -> list[str]:
    """The words after `--`, which `harness.__main__` has written as JSON."""
    try:
        return [str(word) for word in json.loads(command)] if command else []
    except (ValueError, TypeError):
        raise UsageError(
            f"--command {command!r}: write the command after two hyphens: ./lab check -- COMMAND [ARG ...]"
        ) from None


def new_client_task(name: str, language: str, folder: str) -> None:
    """Make the folder of a new client, and say what to do next."""
    from harness.check.new_client import new_client

    def task() -> int:
        for line in new_client(name, language, Path(folder or name)):
            print(line)
        return 0

    run_task(task)


def build_task(backend: str, no_install: bool) -> None:
    """Prepare every client and server program; exit status 1 if one cannot be prepared."""
    from harness.backend import Program, ownership
    from harness.backend.choice import choose
    from harness.spec import client, server_program

    def task() -> int:
        programs: list[Program] = [*client.discover().values(), *server_program.discover().values()]
        with choose(backend, ownership.this_owner(), install=not no_install, say=say) as chosen:
            ready = chosen.prepare(programs, say)
        for one in programs:
            problem = ready.unready.get(one.key)
            print(f"{one.key}: {f'{problem.verdict}: {problem.sentence}' if problem else 'ready'}")
        return 1 if ready.unready else 0

    run_task(task)


def list_task(as_json: bool) -> None:
    """Print the clients, guests, scenarios and server programs, one line each."""
    from harness.spec import client, scenario_file, server_program

    def task() -> int:
        clients, guests = client.discover(), client.guests()
        scenarios, servers = scenario_file.discover(), server_program.discover()
        if as_json:
            listed = {
                "clients": [one.record() for one in clients.values()],
                "guests": [one.record() for one in guests.values()],
                "scenarios": [
                    {"name": s.name, "summary": s.summary, "default": s.default, "tasks": len(s.tasks)}
                    for s in scenarios.values()
                ],
                "servers": [one.record() for one in servers.values()],
            }
            print(printable_json(listed))
            return 0
        groups: dict[str, list[tuple[str, str]]] = {}
        for kind, known in (("clients", clients), ("scenarios", scenarios)):
            for one in known.values():
                group = groups.setdefault(kind if one.default else f"{kind}, by name only", [])
                group.append((one.name, one.summary))
        groups["guests: clients by name only, in containers"] = [(one.name, one.summary) for one in guests.values()]
        groups["servers"] = [(one.name, one.summary) for one in servers.values()]
        width = max(len(name) for name in [*clients, *scenarios, *guests, *servers])
        for heading, lines in groups.items():
            print(heading)
            for name, summary in lines:
                print(f"  {name.ljust(width)}  {summary}")
        return 0

    run_task(task)


def lesson_task(names: str, languages: str, backend: str, no_install: bool) -> None:
    """Show and run lessons; without a name, list them all."""
    from harness.lesson.command import show_lessons
    from harness.lesson.lesson import discover
    from harness.lesson.page import index
    from harness.selection import select

    def task() -> int:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        lessons = discover()
        if not names:
            sys.stdout.write(index(lessons.values(), width))
            return 0
        return show_lessons(
            select("lesson", names, lessons), languages, backend, install=not no_install, width=width, say=say
        )

    run_task(task)


def demo_task(given: Given) -> None:
    """Show clients side by side, live or from a recorded run, one scene or a lecture."""
    from harness.demo import lecture
    from harness.demo.command import DemoOptions, demo

    # A flag alone means the lecture that needs nothing but the lab.
    scenes = lecture.DEFAULT if given["scenes"] is True else given["scenes"]
    same = ("clients", "scenario", "backend", "pace", "seed", "conduct", "predict", "large", "light", "web", "port")
    options = DemoOptions(
        **{name: given[name] for name in (*same, "interface")},
        client_folders=tuple(Path(folder) for folder in given["client"]),
        scenes=scenes,
        cast=Path(given["cast"]) if given["cast"] else None,
        out=Path(given["out"]) if given["out"] else None,
        install=not given["no_install"],
        replay=Path(given["replay"]) if given["replay"] else None,
    )
    run_task(lambda: demo(options, say))


def serve_task(iface: str) -> None:
    """Serve until interrupted."""
    from harness.cli.serve import serve

    run_task(lambda: serve(iface))


def doctor_task(given: Given) -> None:
    """Examine the machine and the path; with `--self-check` also the lab itself."""
    from harness.audit.doctor import doctor
    from harness.audit.self_check import self_check as check_self
    from harness.compare.options import Options

    def task() -> int:
        options = Options.given(given)
        options.check()
        status = doctor(options.backend, install=options.install, say=say)
        return max(status, check_self(options, say)) if given["self_check"] else status

    run_task(task)


def clean_task(runs: bool, images: bool) -> None:
    """Remove what the lab made."""
    from harness.cli.clean import clean

    run_task(lambda: clean(runs=runs, images=images))


def claims_task(given: Given) -> None:
    """Answer the claims and print the answers; exit status 1 if a claim cannot be observed."""
    from harness.claims import UNSEEN, comparing, gather
    from harness.claims.text import markdown, text
    from harness.compare.options import Options
    from harness.judge.replay import replay as replay_run

    def task() -> int:
        claims, replay = gather.selected(given["claims"]), given["replay"]
        needed = {"clients": ",".join(comparing.CLIENTS), "scenarios": ",".join(comparing.SCENARIOS)}
        folder = replay_run(Path(replay), say) if replay else gather.gather(Options.given({**given, **needed}), say)
        answers = gather.answers(folder, claims)
        if not replay:
            gather.save(folder, answers)
        if given["json"]:
            print(printable_json(answers))
        elif given["markdown"]:
            sys.stdout.write(markdown(answers))
        else:
            sys.stdout.write(text(answers, shutil.get_terminal_size().columns))
            print(f"The evidence is in {folder.shown}")
        return 1 if any(answer["answer"] == UNSEEN for answer in answers) else 0

    run_task(task)


def bench_task(backends: str, rounds: int) -> None:
    """Measure the lab's own speed."""
    from harness.audit.bench import bench
    from harness.selection import select

    def task() -> int:
        chosen = select("backend", backends, {name: name for name in ("docker", "local")})
        return bench(chosen, rounds, say)

    run_task(task)


def ordeal_task(only: str, backends: str, seed: int, count: str) -> None:
    """Run the ordeals; exit status 1 if a verdict was wrong or if anything leaked."""
    from harness.audit.ordeals.command import ordeals
    from harness.compare.options import whole_number

    run_task(lambda: ordeals(only, backends, seed, whole_number("--count")(count), say))


def test_task(only: str, quick: bool, no_install: bool) -> None:
    """Run the tests."""
    from harness.suites.run_suites import run_suites

    run_task(lambda: run_suites(only, quick=quick, install=not no_install, say=say))


def report_task(run: str, out: str, clients: str, scenarios: str, exports: Mapping[str, str]) -> None:
    """Write the page of a run, or the other reports if any of them is named."""
    from harness.report.write import write_reports

    def task() -> int:
        for written in write_reports(Path(run), out, clients, scenarios, exports):
            say(f"written: {written}")
        return 0

    run_task(task)


def site_task(given: Sequence[str], out: str, no_install: bool) -> None:
    """Make the site, and say where it begins."""
    from harness.paths import ROOT
    from harness.site.build import site

    def task() -> int:
        place = Path(out) if out else ROOT / "build" / "site"
        if not out:
            place.parent.mkdir(exist_ok=True)
        print(f"open {site([Path(run) for run in given], place, install=not no_install, say=say)}")
        return 0

    run_task(task)


def diff_task(before: str, after: str) -> None:
    """Print what changed from one run to the other; exit status 1 if a verdict or a trait did."""
    from harness.report.diff import diff, timing_lines
    from harness.report.recorded import read_recorded

    def task() -> int:
        runs = read_recorded(Path(before)), read_recorded(Path(after))
        lines = diff(*runs)
        print("\n".join([*(lines or ["no verdict and no trait differs"]), *timing_lines(*runs)]))
        return 1 if lines else 0

    run_task(task)
