"""The tasks of the lab: `./lab` lists them, `./lab TASK --help` explains a task.

A task with many options passes all of them on with `locals()`; `harness.compare.options` reads them.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import invoke

# Invoke would also make up short options, `-h` for --shard for example; so `-h` means --help in every task.
task = partial(invoke.task, auto_shortflags=False)
Context = Any


@task(
    help={
        "clients": "names, comma-separated, or guests, or all except guests (default: the default ones)",
        "scenarios": "names, comma-separated, or all, or faults: small ones with a fault (default: the default ones)",
        "client": "a folder outside the checkout with a manifest NAME.client.toml; can be repeated",
        "servers": "names, comma-separated, or all (default: twisted); the lab's own reader checks named ones first",
        "server": "a folder outside the checkout with a manifest NAME.server.toml; can be repeated",
        "backend": "auto (docker if an engine answers), docker or local",
        "rounds": "how often every cell is run, in turn",
        "jobs": "how many cells run at the same time, each with servers of its own (default: auto, from the cores)",
        "cluster": "tcp://HOST:PORT, a Dask scheduler: run the cells on the machines of its workers",
        "shard": "I/N: run only the I-th of N parts of the cells; ./lab merge puts the parts together",
        "pace": "multiplies all times of the schedules: 2 is twice as slow",
        "seed": "draws the jitter of the schedules",
        "tasks": "addresses in a crowd (default: 1000)",
        "late-budget": "how late the servers may be at p99, in ms, before a cell is run again, alone",
        "fail-on": "what makes the exit status 1: unexpected, or any (every failure, even known ones)",
        "out": "the folder in which the run's folder is made (default: runs)",
        "json": "print run.json instead of the table",
        "no-install": "install nothing; clients without a toolchain are skipped",
        "replay": "judge the run in this folder again; runs nothing",
    },
    iterable=["client", "server"],
)
def compare(
    c: Context, clients="", scenarios="", client=None, servers="", server=None, backend="auto", rounds=1, jobs="auto",
    shard="", cluster="", pace=1.0, seed=1, tasks="", late_budget=20.0, fail_on="unexpected", out="", json=False,
    no_install=False, replay="",
):  # fmt: skip
    """Run every client in every scenario and say, with evidence, how they differ."""
    from harness.cli.compare_tasks import compare_task

    compare_task(locals())


@task(
    help={
        "scheduler": "the address of a Dask scheduler: ./lab worker tcp://HOST:PORT",
        "jobs": "how many cells run here at the same time (default: auto, from the cores)",
        "backend": "auto (docker if an engine answers), docker or local",
        "no-install": "install nothing; clients without a toolchain run on other machines",
    },
)
def worker(c: Context, scheduler="", jobs="auto", backend="auto", no_install=False):
    """Let the compares of a Dask cluster run cells on this machine, until Ctrl-C."""
    from harness.cli.compare_tasks import worker_task

    worker_task(scheduler, jobs, backend, no_install)


@task(
    help={
        "command": "do not use; write ./lab check [--options] -- COMMAND [ARG ...]; it runs in the current folder",
        "client": "instead of a command: a folder with a manifest NAME.client.toml",
        "image": "the image to run the command in; the current folder is /client, read-only (default: no container)",
        "scenarios": "names, comma-separated, or all, or faults (default: the nine most useful, and a bare port)",
        "backend": "for --client: auto (docker if an engine answers), docker or local",
        "jobs": "how many scenarios run at the same time (default: auto, from the cores)",
        "pace": "multiplies all times of the schedules: 2 is twice as slow",
        "late-budget": "how late the servers may be at p99, in ms, before a scenario is run again, alone",
        "out": "the folder in which the run's folder is made (default: runs)",
        "expect": "traits that the client must have, comma-separated, such as connects=together,flush=live",
        "all": "explain every failure at length, not only the one to mend next",
        "json": "print run.json instead of the explanation",
        "junit": "also write JUnit XML to this file: a test case for each scenario, trait and bad argument",
        "no-install": "install nothing",
        "replay": "explain the run in this folder again, which must have one client; runs nothing",
    },
)
def check(
    c: Context, command="", client="", image="", scenarios="", expect="", backend="", jobs="auto", pace=1.0,
    late_budget=20.0, out="", all=False, json=False, junit="", no_install=False, replay="",
):  # fmt: skip
    """Try a program of your own, in any language, and say what is wrong with it: ./lab check -- ./my-client"""
    from harness.cli.check_tasks import check_task

    check_task(locals())


@task(
    help={
        "name": "the exercise: ./lab exercise NAME; without a name, all are listed",
        "command": "do not use; write ./lab exercise NAME [--options] -- COMMAND [ARG ...]",
        "client": "instead of a command: a folder with a manifest NAME.client.toml",
        "image": "the image to run the command in; the current folder is /client, read-only (default: no container)",
        "tasks": "addresses in a crowd, to try it with fewer (default: as the exercise has it)",
        "backend": "for --client: auto (docker if an engine answers), docker or local",
        "pace": "multiplies all times of the schedules: 2 is twice as slow",
        "late-budget": "how late the servers may be at p99, in ms, before a scenario is run again, alone",
        "out": "the folder in which the run's folder is made (default: runs)",
        "json": "print run.json instead of the progress",
        "junit": "also write JUnit XML to this file: a test case for each scenario and trait",
        "no-install": "install nothing",
    },
)
def exercise(
    c: Context, name="", command="", client="", image="", tasks="", backend="", pace=1.0, late_budget=20.0, out="",
    json=False, junit="", no_install=False,
):  # fmt: skip
    """Show what a teacher sets, and try a program in it: ./lab exercise all-at-once -- ./my-client"""
    from harness.cli.check_tasks import exercise_task

    exercise_task(locals())


@task(
    iterable=["folder"],
    help={
        "folder": "do not use; write ./lab grade FOLDER FOLDER ...; each has a submission with a NAME.client.toml",
        "command": "do not use; write ./lab grade FOLDER ... --image NAME -- COMMAND, to run COMMAND in each folder",
        "image": "the image to run COMMAND in; each folder is /client, read-only",
        "exercise": "names of exercises, comma-separated (default: all that need no machine for themselves)",
        "backend": "docker; or local, which contains nothing",
        "jobs": "how many scenarios run at the same time (default: auto, from the cores)",
        "pace": "multiplies all times of the schedules: 2 is twice as slow",
        "late-budget": "how late the servers may be at p99, in ms, before a scenario is run again, alone",
        "out": "the folder for grades.csv, grades.html and the run's folder (default: grades)",
        "no-install": "install nothing",
    },
)
def grade(
    c: Context, folder=None, command="", image="", exercise="", backend="docker", jobs="auto", pace=1.0,
    late_budget=200.0, out="grades", no_install=False,
):  # fmt: skip
    """Try the submissions of a whole class in exercises, contained, and write their grades."""
    from harness.cli.check_tasks import grade_task

    grade_task(locals())


@task(
    name="new-client",
    help={
        "name": "the name of the client and its manifest: ./lab new-client NAME --language LANGUAGE",
        "language": "python, perl, shell, erlang or javascript",
        "folder": "the folder to make (default: NAME)",
    },
)
def new_client(c: Context, name="", language="", folder=""):
    """Make a folder with a manifest and the beginning of a client."""
    from harness.cli.check_tasks import new_client_task

    new_client_task(name, language, folder)


@task(help={"backend": "auto, docker or local", "no-install": "install nothing"})
def build(c: Context, backend="auto", no_install=False):
    """Build all clients and server programs: as images, or as programs of this machine."""
    from harness.cli.lab_tasks import build_task

    build_task(backend, no_install)


@task(
    help={
        "name": "the lesson to show and run: ./lab lesson NAME; without a name, all are listed",
        "language": "comma-separated: python, erlang, haskell (default: all that the lesson has)",
        "backend": "auto, docker or local",
        "no-install": "install nothing; a language without a toolchain is shown, but not run",
    },
)
def lesson(c: Context, name="", language="", backend="auto", no_install=False):
    """Show a small program and its output, side by side in every language that has it."""
    from harness.cli.show_tasks import lesson_task

    lesson_task(name, language, backend, no_install)


@task(
    help={
        "clients": "up to 6 names, comma-separated (default: blocking, Twisted, Erlang, Haskell)",
        "client": "a folder outside the checkout with a manifest NAME.client.toml; can be repeated",
        "scenario": "the scenario that the servers play (default: trio)",
        "backend": "auto (docker if an engine answers), docker or local",
        "pace": "multiplies all times of the schedules; can be changed while the demo runs",
        "seed": "draws the jitter of the schedules",
        "conduct": "the servers send a chunk only when you press a key",
        "predict": "ask the audience which poem comes next before it is shown, and keep the score",
        "scenes": "a lecture: a TOML file, or recorded or live, which come with the lab (default: recorded)",
        "large": "show fewer and larger things, for the back row",
        "light": "dark text on a light background",
        "web": "let a room watch in its browsers, and answer the questions of --predict there",
        "port": "the port for --web; 0: any free port (default: 8000)",
        "interface": "the IP address for --web; 0.0.0.0: all, with a token in the link (default: 127.0.0.1)",
        "cast": "write what the terminal shows to this file, as an asciicast v3",
        "out": "the folder in which the run's folder is made (default: runs)",
        "no-install": "install nothing; clients without a toolchain are left out",
        "replay": "show the run in this folder again; runs nothing",
    },
    iterable=["client"],
    optional=["scenes"],
)
def demo(
    c: Context, clients="", client=None, scenario="", backend="auto", pace=5.0, seed=1, conduct=False, predict=False,
    scenes="", large=False, light=False, web=False, port=8000, interface="127.0.0.1", cast="", out="",
    no_install=False, replay="",
):  # fmt: skip
    """Show clients side by side, in the terminal and to a room, and control their servers by key."""
    from harness.cli.show_tasks import demo_task

    demo_task(locals())


@task(help={"iface": "the IP address to listen on, such as ::1 (default: 127.0.0.1)"})
def serve(c: Context, iface="127.0.0.1"):
    """Start the seed's three slow servers on 10001 to 10003, to try clients by hand."""
    from harness.cli.lab_tasks import serve_task

    serve_task(iface)


@task(name="list", help={"json": "print the list as JSON"})
def list_(c: Context, json=False):
    """List the clients, the scenarios and the server programs."""
    from harness.cli.show_tasks import list_task

    list_task(json)


@task(
    help={
        "backend": "auto, docker or local",
        "no-install": "install nothing",
        "self-check": "run the same client under two names and say what differs; only noise should",
        "rounds": "how often the self-check runs every cell, in turn",
        "pace": "for the self-check: multiplies all times of the schedules",
        "out": "the folder in which the self-check's run folders are made (default: runs)",
    }
)
def doctor(c: Context, backend="auto", no_install=False, self_check=False, rounds=5, pace=1.0, out=""):
    """Say what this machine can run, and check the path between client and server and the lab itself."""
    from harness.cli.lab_tasks import doctor_task

    doctor_task(locals())


@task(help={"runs": "also remove the recorded runs", "images": "also remove the built images"})
def clean(c: Context, runs=False, images=False):
    """Remove what the lab made: build folders, and what killed runs have left."""
    from harness.cli.lab_tasks import clean_task

    clean_task(runs, images)


@task(
    help={
        "claims": "names, comma-separated (default: all)",
        "backend": "auto, docker or local",
        "rounds": "how often every client is run",
        "jobs": "how many cells run at the same time (default: auto, from the cores)",
        "late-budget": "how late the servers may be at p99, in ms, before a cell is run again, alone",
        "out": "the folder in which the run's folder is made (default: runs)",
        "json": "print the answers as JSON",
        "markdown": "print them as a Markdown table",
        "no-install": "install nothing",
        "replay": "answer from the run in this folder again; runs nothing",
    }
)
def claims(
    c: Context, claims="", backend="auto", rounds=1, jobs="auto", late_budget=20.0, out="", json=False, markdown=False,
    no_install=False, replay="",
):  # fmt: skip
    """Test what the seed text says about its systems."""
    from harness.cli.lab_tasks import claims_task

    claims_task(locals())


@task(help={"backends": "comma-separated: docker, local", "rounds": "how often each crowd is run"})
def bench(c: Context, backends="docker,local", rounds=3):
    """Measure the lab's own speed: servers, crowds, a whole compare."""
    from harness.cli.lab_tasks import bench_task

    bench_task(backends, rounds)


@task(
    help={
        "only": "names, comma-separated (default: all that this machine can run)",
        "backends": "comma-separated: local, docker",
        "seed": "draws the random moments",
        "count": "trials of each ordeal on each backend (default: 50; engine and crowd 20)",
    }
)
def ordeal(c: Context, only="", backends="local,docker", seed=1, count=""):
    """Kill, starve and mislead the lab itself, and count wrong verdicts and leaks; takes an hour."""
    from harness.cli.lab_tasks import ordeal_task

    ordeal_task(only, backends, seed, count)


@task(
    help={
        "only": "comma-separated: style, or a language: python, erlang, haskell, ...",
        "quick": "leave out all tests that need an engine, a browser, or more than a few seconds",
        "no-install": "install nothing",
    }
)
def test(c: Context, only="", quick=False, no_install=False):
    """Run all tests of all languages."""
    from harness.cli.lab_tasks import test_task

    test_task(only, quick, no_install)


@task(
    positional=["run"],
    help={
        "run": "the folder of a run",
        "out": "the file of the page (default: report.html in the run's folder)",
        "clients": "show only these, comma-separated",
        "scenarios": "show only these, comma-separated",
        "junit": "write JUnit XML to this file: a test case for each cell",
        "summary": "write a Markdown summary to this file, for the page of a CI job",
        "failures": "write a Markdown page to this file: what each client did in each scenario with a fault",
        "trace": "write a Chrome trace to this file; ui.perfetto.dev opens it",
        "png": "write the timelines of the first scenario to this file as PNG",
        "svg": "write the timelines of the first scenario to this file as SVG",
    },
)
def report(
    c: Context, run, out="", clients="", scenarios="", junit="", summary="", failures="", trace="", png="", svg=""
):
    """Write a run as one HTML page with its timelines, or as a file for CI, Perfetto or slides."""
    from harness.cli.show_tasks import report_task

    exports = {"junit": junit, "summary": summary, "failures": failures, "trace": trace, "png": png, "svg": svg}
    report_task(run, out, clients, scenarios, exports)


@task(
    iterable=["run"],
    help={
        "run": "do not use; write ./lab merge RUN RUN ...; each is a run's folder or a ZIP archive of one",
        "out": "the folder in which the merged run's folder is made (default: runs)",
        "json": "print run.json instead of the table",
    },
)
def merge(c: Context, run=None, out="", json=False):
    """Put the runs of several machines or shards together into one run, with one table and one report."""
    from harness.cli.compare_tasks import merge_task

    merge_task(run, out, json)


@task(
    iterable=["run"],
    help={
        "run": "do not use; write ./lab site [RUN ...]; each is a run's folder or a ZIP archive of one",
        "out": "the folder of the site; a site in it is replaced (default: build/site)",
        "no-install": "install nothing",
    },
)
def site(c: Context, run=None, out="", no_install=False):
    """Make a static site: the documents, the lessons, the code side by side, and the recorded runs."""
    from harness.cli.show_tasks import site_task

    site_task(run, out, no_install)


@task(positional=["before", "after"], help={"before": "the folder of a run", "after": "the folder of another run"})
def diff(c: Context, before, after):
    """Say which verdicts and traits changed from one run to another: exit status 0 if none, else 1."""
    from harness.cli.show_tasks import diff_task

    diff_task(before, after)
