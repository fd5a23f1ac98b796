"""A run as JUnit XML, which CI servers show: a test case for each cell, a suite for each scenario.

A cell that counts for the exit status is a `failure`, a fault of the lab an `error`, a cell that was not run `skipped`.
A run that lacks cells has one more suite, with an `error`, so that CI does not take it for a success.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from harness.judge.exit_status import UNEXPECTED, counts, incomplete
from harness.judge.stability import unstable
from harness.printable import printable_lines
from harness.report.recorded import RecordedCell, RecordedRun, without_paths

NOT_RUN = ("skipped", "unsupported")


def junit(recorded: RecordedRun) -> bytes:
    """The XML, in UTF-8."""
    suites = ElementTree.Element("testsuites", name="Slow Poetry Lab")
    for scenario in recorded.run["scenarios"]:
        cells = [cell for cell in recorded.cells if cell.scenario == scenario["name"]]
        suite = ElementTree.SubElement(suites, "testsuite", name=scenario["name"])
        outcomes = [_case(suite, recorded, cell) for cell in cells]
        suite.set("tests", str(len(cells)))
        for outcome, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            suite.set(attribute, str(outcomes.count(outcome)))
        suite.set("time", f"{sum(_seconds(cell) for cell in cells):.3f}")
    if why := incomplete(recorded.run):
        numbers = {"tests": "1", "failures": "0", "errors": "1", "skipped": "0"}
        suite = ElementTree.SubElement(suites, "testsuite", numbers, name="run")
        case = ElementTree.SubElement(suite, "testcase", classname="slow-poetry", name="complete")
        ElementTree.SubElement(case, "error", type="incomplete", message=why)
    ElementTree.indent(suites)
    data: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _case(suite: ElementTree.Element, recorded: RecordedRun, cell: RecordedCell) -> str | None:
    record = cell.record
    name = recorded.label(cell)
    if recorded.run["options"]["rounds"] > 1:
        name += f" (round {record['round']})"
    case = ElementTree.SubElement(
        suite, "testcase", classname=f"slow-poetry.{cell.scenario}", name=name, time=f"{_seconds(cell):.3f}"
    )
    outcome = _outcome(cell, recorded.run["options"].get("fail_on", UNEXPECTED))
    sentence = _text(without_paths(record["reason"]["sentence"]))
    if outcome == "skipped":
        ElementTree.SubElement(case, outcome, message=f"{record['verdict']}: {sentence}")
    elif outcome:
        fault = ElementTree.SubElement(case, outcome, type=record["reason"]["code"], message=sentence)
        fault.text = f"{record['verdict']}, {record['reason']['code']}: {sentence}"
    flaky = unstable(recorded.run, record)
    notes = [*cell.notes, *([f"unstable: {flaky['sentence']}"] if flaky else [])]
    if notes:
        ElementTree.SubElement(case, "system-out").text = "\n".join(map(_text, notes))
    return outcome


def _outcome(cell: RecordedCell, fail_on: str) -> str | None:
    if cell.record["verdict"] == "lab-error":
        return "error"
    if cell.record["verdict"] in NOT_RUN:
        return "skipped"
    return "failure" if counts(cell.record, fail_on) else None


def _seconds(cell: RecordedCell) -> float:
    record = cell.record
    return float(record["ended"] - record["started"]) if record["evidence"] else 0.0


def _text(text: str) -> str:
    """The text without control characters: XML does not allow them, even escaped."""
    return printable_lines(text)
