"""All tests of all languages, with one total at the end."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT

from harness.backend import Say
from harness.backend.choice import available
from harness.backend.optional import install_optional
from harness.backend.toolchain import Toolchain, locked, toolchains
from harness.compare.dask import install_dask
from harness.compare.waiting import Waiting
from harness.errors import LabError
from harness.paths import ROOT
from harness.selection import select
from harness.site.mkdocs import install_mkdocs
from harness.site.player import install_player
from harness.suites.browser import install_axe, install_browser
from harness.suites.children import Children
from harness.suites.notebook import install_notebook
from harness.suites.systemd import install_systemd

COUNT = re.compile(r"^(\d+) passed, (\d+) failed$", re.MULTILINE)
WORKERS = 8  # on two cores: each imports all tests, and many of them wait for slow servers
STYLE = (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",), ("lint-imports", "--no-cache"))
# `--quick`: tests of functions on recorded evidence, of pages, and one cell of each language.
LAB, PYTHON = "harness/tests", "python/tests"
QUICK = (
    *(f"{LAB}/{folder}" for folder in ("judge", "record", "spec")),
    *(f"{LAB}/{name}.py" for name in ("test_printable", "test_selection", "compare/test_one_cell_each")),
    *(f"{LAB}/docs/test_{name}.py" for name in ("links", "pages")),
    *(f"{LAB}/claims/test_claims_{name}.py" for name in ("comparing", "lessons", "services")),
    *(
        f"{LAB}/report/test_{name}.py"
        for name in ("failures", "lanes", "marks", "matrix", "page_data", "remarks", "table")
    ),
    *(f"{LAB}/demo/test_demo_{name}.py" for name in ("model", "predict")),
    *(f"{LAB}/{name}.py" for name in ("check/test_check_explain", "lesson/test_lesson_page")),
    *(f"{PYTHON}/test_{name}.py" for name in ("address", "command_line", "deferred_dict", "playbill", "progress")),
    *(f"{PYTHON}/test_{name}.py" for name in ("schedule", "services", "slow_server", "slow_timing", "tempo")),
)


@dataclass
class Count:
    """How many tests passed, failed and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)


def run_suites(only: str, *, quick: bool = False, install: bool, say: Say) -> int:
    """Run the suites (`only`: some of them, comma-separated); returns 0 if none failed, else 1.

    `quick` leaves out the tests that need an engine, a browser, or more than a few seconds.
    """
    install_optional("test", "pytest", "./lab test", install=install, say=say)
    children = Children()
    suites: dict[str, Callable[[], Count]] = {"style": lambda: _style(children, say)}
    for chain in toolchains().values():
        suites[chain.language] = lambda chain=chain: compiled_suite(children, chain, install=install, say=say)  # type: ignore[misc]
    suites["python"] = lambda: _python(children, quick=quick, install=install, say=say)
    if only:
        suites = dict(select("suite", only, {name: (name, suite) for name, suite in suites.items()}))

    def run(name: str, suite: Callable[[], Count]) -> Count:
        say(f"tests: {name}")
        count = suite()
        say(f"tests: {name}: {count.passed} passed, {count.failed} failed, {count.skipped} skipped")
        return count

    last = suites.pop("python", None)
    with Waiting() as waiting, ThreadPoolExecutor() as threads:
        try:
            # All side by side: they wait more than they compute.
            counts = [threads.submit(run, name, suite) for name, suite in suites.items()]
            if last:
                # Python's tests run the clients of all languages.  Those that need an image wait for it.
                programs = threads.submit(_build, children, "local", install)
                images = None if quick else threads.submit(_build_images, children, install)
                waiting.result(threads.submit(_rewrite_asserts, children))
                waiting.result(programs)
                counts.append(threads.submit(run, "python", last))
                if images:
                    waiting.result(images)
            total = sum(map(waiting.result, counts), Count())
        except BaseException:
            children.stop()
            raise
    print(f"{total.passed} passed, {total.failed} failed" + (f", {total.skipped} skipped" if total.skipped else ""))
    return 1 if total.failed or not total.passed else 0


def _style(children: Children, say: Say) -> Count:
    count = Count()
    for command in STYLE:
        done = children.run([str(Path(sys.executable).with_name(command[0])), *command[1:]], stdout=PIPE, stderr=STDOUT)
        sys.stderr.write(done.stdout)
        say(f"{' '.join(command)}: {'passed' if done.returncode == 0 else 'FAILED'}")
        count += Count(passed=1) if done.returncode == 0 else Count(failed=1)
    return count


def _build_images(children: Children, install: bool) -> None:
    """Build the images if an engine answers; if that fails, the tests that need them say why."""
    if "docker" in available("auto"):
        _build(children, "docker", install)


def _build(children: Children, backend: str, install: bool) -> None:
    command = [str(ROOT / "lab"), "build", "--backend", backend, *([] if install else ["--no-install"])]
    children.run(command, stdout=DEVNULL, stderr=DEVNULL)


def _rewrite_asserts(children: Children) -> None:
    """Let one pytest rewrite the asserts of all tests, so that its workers need not each do it again."""
    children.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-qq"], env=_cached(), stdout=DEVNULL, stderr=DEVNULL
    )


def _cached() -> dict[str, str]:
    """The environment of pytest: it may keep what it has compiled."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _python(children: Children, *, quick: bool, install: bool, say: Say) -> Count:
    if install and not quick:
        python = (partial(install_dask, True), partial(install_mkdocs, True), partial(install_notebook, True))
        for install_one in (install_browser, install_axe, partial(install_player, True), install_systemd, *python):
            try:
                install_one(say)
            except LabError as error:
                say(f"tests: python: {error}")  # the tests that need it are skipped, or fail in CI
    with tempfile.TemporaryDirectory(prefix="slow-poetry-lab-") as folder:
        report = Path(folder) / "junit.xml"
        # The tests mostly wait for slow servers, so side by side they are much faster.  A file's tests stay together,
        # because some share a run; harness/tests/conftest.py decides the order of the files.
        side_by_side = ("-n", str(WORKERS), "--dist", "loadfile", "--no-loadscope-reorder")
        chosen = QUICK if quick else ()
        done = children.run(
            [sys.executable, "-m", "pytest", *side_by_side, f"--junitxml={report}", *chosen], env=_cached()
        )
        if not report.exists():
            say(f"pytest ended with status {done.returncode} and without a report; its output above says why")
            return Count(failed=1)
        suite = ElementTree.parse(report).getroot()[0]
        tests, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    if done.returncode and not failed:
        failed = 1  # pytest failed, but no test did
    return Count(max(0, tests - failed - skipped), failed, skipped)


def compiled_suite(children: Children, chain: Toolchain, *, install: bool, say: Say) -> Count:
    """Run a compiled language's unit tests: running none is a failure, a missing toolchain a skip (in CI a failure)."""
    if not chain.present(tests=True):
        try:
            if not install:
                chain.refuse(tests=True)
            chain.install(say, tests=True)
        except LabError as error:
            # In CI a missing toolchain is a failure; for a person it is a skip that is named.
            say(f"tests: {chain.language}: {error}")
            return Count(failed=1) if os.environ.get("CI") else Count(skipped=1)
    # A build may be under way for other tests; once it is done, the unit tests disturb no further one.
    with locked(ROOT / chain.language / "build"):
        built = children.run(chain.build_command, stdout=PIPE, stderr=STDOUT)
    if built.returncode:
        sys.stderr.write(built.stdout)
        return Count(failed=1)
    done = children.run(chain.test_command, stdout=PIPE, stderr=STDOUT)
    sys.stderr.write(done.stdout)
    counts = COUNT.findall(done.stdout)
    passed, failed = map(int, counts[-1]) if counts else (0, 0)
    if not failed and (done.returncode or not passed):
        failed = 1
    return Count(passed, failed)
