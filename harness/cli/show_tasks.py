"""The tasks that show something: recorded runs, lessons, the demo, and what there is."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.cli.run_task import Given, run_task, say
from harness.printable import printable_json


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
