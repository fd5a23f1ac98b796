"""A check as JUnit XML: its scenarios as in every run, and what only a check has, bad arguments and expected traits."""

from __future__ import annotations

import shlex
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence

from harness.check.command_line import read_trials
from harness.check.expect import achieved, of_run
from harness.printable import printable_lines
from harness.record.run_folder import RunFolder
from harness.report.junit import junit
from harness.report.recorded import read_recorded

Case = tuple[str, str]  # its name, and what is wrong; "" for nothing


def junit_of_check(folder: RunFolder) -> bytes:
    """The XML, in UTF-8; a test case fails if it is a reason for the exit status 1."""
    suites = ElementTree.fromstring(junit(read_recorded(folder.shown)))
    wanted = achieved(folder.run["cells"], of_run(folder))
    _suite(suites, "expected", [(trait, "" if has else seen) for trait, has, seen in wanted])
    trials = read_trials(folder)
    _suite(suites, "command line", [(shlex.join(trial.shown) or "no arguments", fault) for trial, fault in trials])
    return _written(suites)


def junit_of(name: str, cases: Sequence[Case]) -> bytes:
    """One suite with these cases, in UTF-8."""
    suites = ElementTree.Element("testsuites", name="Slow Poetry Lab")
    _suite(suites, name, cases)
    return _written(suites)


def _written(suites: ElementTree.Element) -> bytes:
    ElementTree.indent(suites)
    data: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _suite(suites: ElementTree.Element, name: str, cases: Sequence[Case]) -> None:
    if not cases:
        return
    failures = str(sum(bool(fault) for _, fault in cases))
    counts = {"tests": str(len(cases)), "failures": failures, "errors": "0", "skipped": "0", "time": "0.000"}
    suite = ElementTree.SubElement(suites, "testsuite", {"name": name, **counts})
    for what, fault in cases:
        case = ElementTree.SubElement(suite, "testcase", classname=f"slow-poetry.{name}", name=what, time="0.000")
        if fault:
            ElementTree.SubElement(case, "failure", type=name, message=printable_lines(fault))
