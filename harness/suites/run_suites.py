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
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT

from harness.backend import Say
from harness.backend.choice import available
from harness.backend.toolchain import Toolchain, locked, toolchains
from harness.errors import LabError
from harness.paths import ROOT
from harness.selection import select
from harness.suites.browser import install_browser
from harness.suites.children import Children
from harness.suites.waiting import Waiting

COUNT = re.compile(r"^(\d+) passed, (\d+) failed$", re.MULTILINE)
WORKERS = 4
STYLE = (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",), ("lint-imports", "--no-cache"))


@dataclass
class Count:
    """How many tests passed, failed and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)


def run_suites(only: str, *, install: bool, say: Say) -> int:
    """Run the suites (`only`: some of them, comma-separated); returns 0 if none failed, else 1."""
    children = Children()
    suites: dict[str, Callable[[], Count]] = {"style": lambda: _style(children, say)}
    for chain in toolchains().values():
        suites[chain.language] = lambda chain=chain: compiled_suite(children, chain, install=install, say=say)  # type: ignore[misc]
    # Last, because its contract tests run the clients that the other suites build.
    suites["python"] = lambda: _python(children, install=install, say=say)
    if only:
        suites = dict(select("suite", only, {name: (name, suite) for name, suite in suites.items()}))

    def run(name: str, suite: Callable[[], Count]) -> Count:
        say(f"tests: {name}")
        count = suite()
        say(f"tests: {name}: {count.passed} passed, {count.failed} failed, {count.skipped} skipped")
        return count

    # Side by side, because each of them uses one core; Python's tests use more.  Tests that need an image wait for it.
    last = suites.pop("python", None)
    with Waiting() as waiting, ThreadPoolExecutor() as threads:
        try:
            counts = [threads.submit(run, name, suite) for name, suite in suites.items()]
            if last:
                images = threads.submit(_build_images, children, install)
            total = sum(map(waiting.result, counts), Count())
            if last:
                total += waiting.result(threads.submit(run, "python", last))
                waiting.result(images)
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
        build = [str(ROOT / "lab"), "build", "--backend", "docker", *([] if install else ["--no-install"])]
        children.run(build, stdout=DEVNULL, stderr=DEVNULL)


def _python(children: Children, *, install: bool, say: Say) -> Count:
    if install:
        try:
            install_browser(say)
        except LabError as error:
            say(f"tests: python: {error}")  # the tests that need it are skipped, or fail in CI
    with tempfile.TemporaryDirectory(prefix="slow-poetry-lab-") as folder:
        report = Path(folder) / "junit.xml"
        # The tests mostly wait for slow servers, so side by side they are much faster.  A file's tests stay together,
        # because some share a run; harness/tests/conftest.py decides the order of the files.
        side_by_side = ("-n", str(WORKERS), "--dist", "loadfile", "--no-loadscope-reorder")
        done = children.run([sys.executable, "-m", "pytest", *side_by_side, f"--junitxml={report}"])
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
    with locked(ROOT / chain.language / "build"):
        done = children.run(chain.test_command, stdout=PIPE, stderr=STDOUT)
    sys.stderr.write(done.stdout)
    counts = COUNT.findall(done.stdout)
    passed, failed = map(int, counts[-1]) if counts else (0, 0)
    if not failed and (done.returncode or not passed):
        failed = 1
    return Count(passed, failed)
