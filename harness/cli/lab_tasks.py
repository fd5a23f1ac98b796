"""The tasks about the lab itself: what it needs, whether it is right, and how fast it is."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from harness.cli.run_task import Given, run_task, say
from harness.errors import UsageError
from harness.printable import printable_json


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
    from harness.record.run_folder import open_run

    def task() -> int:
        claims, replay = gather.selected(given["claims"]), given["replay"]
        needed = {"clients": ",".join(comparing.CLIENTS), "scenarios": ",".join(comparing.SCENARIOS)}
        if replay and not (open_run(Path(replay)).path / gather.RECORD).exists():
            raise UsageError(f"{replay}: this is no run of ./lab claims; ./lab compare --replay {replay} shows it")
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
